// The same rows on a single server and on two shards: the same answers.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, startApi, type TestApi } from "./support/api.ts";
import { type Held, writeHeld } from "./support/held.ts";
import { insertSamples, MS, spanIdOf, traceIdOf } from "./support/rows.ts";
import { type Story, writeStory } from "./support/story.ts";
import { writeTraffic } from "./support/traffic.ts";

let single: TestStore;
let cluster: TestStore;
let apis: readonly [TestApi, TestApi];
let story: Story;
let held: Held;

const tables = [
  "otel_traces",
  "profile_samples",
  "profile_traces",
  "profile_windows",
  "profile_events",
  "profile_instances",
  "profile_stacks",
];

beforeAll(async () => {
  single = await testStore({}, 1);
  story = await writeStory(single);
  held = await writeHeld(single);
  const t0 = BigInt(Math.floor(Date.now() / 10_000) * 10 - 3000) * 1_000_000_000n;
  await writeTraffic(single, {
    service: "basket",
    instance: "e".repeat(32),
    version: "1",
    t0,
    windows: 8,
    slow: 3,
  });
  await writeSamples(t0);
  cluster = await testStore({}, 2);
  for (const table of tables) await copy(table);
  // One clock for both, or ages differ.
  const now = Date.now();
  apis = [await startApi(single, { now: () => now }), await startApi(cluster, { now: () => now })];
});
afterAll(async () => {
  await Promise.all((apis ?? []).map((api) => api.close()));
  await Promise.all([single?.close(), cluster?.close()]);
});

/** Of many traces, and of none. */
async function writeSamples(t0: bigint): Promise<void> {
  const samples = Array.from({ length: 60 }, (_, i) => ({
    service: "many",
    endpoint: "job",
    ...(i % 4 === 0 ? {} : { traceId: traceIdOf(`many-${i}`), spanId: spanIdOf(`m${i}`) }),
    at: t0 + BigInt(i) * 20_000_000_000n,
    stack: ["main", `step${i % 7}`],
    instance: String(i % 5).padStart(32, "0"),
    wall: 10 * MS,
    cpu: 4 * MS,
  }));
  await insertSamples(single.writer, samples);
}

async function copy(table: string): Promise<void> {
  const read = await single.writer.exec({ query: `SELECT * FROM ${table} FORMAT Native` });
  const rows: Buffer[] = [];
  for await (const chunk of read.stream) rows.push(chunk as Buffer);
  const names = await single.rows<{ name: string }>(
    "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} AND default_kind = '' ORDER BY position",
    { table },
  );
  const written = await cluster.writer.exec({
    query: `INSERT INTO ${table} (${names.map(({ name }) => name).join(", ")}) FORMAT Native`,
    values: Readable.from([Buffer.concat(rows)], { objectMode: false }),
  });
  for await (const _ of written.stream);
}

async function both(ask: (api: TestApi) => Promise<Answer>): Promise<readonly Answer[]> {
  return Promise.all(apis.map(ask));
}

async function expectEqual(ask: (api: TestApi) => Promise<Answer>): Promise<Answer> {
  const [one, two] = await both(ask);
  expect(one!.status, JSON.stringify(one!.body)).toBe(200);
  expect(two!.body).toEqual(one!.body);
  return one!;
}

test("each shard has some of the rows, and both together have all", async () => {
  for (const table of tables) {
    const count = `SELECT count() AS n FROM ${table}`;
    expect([table, await cluster.rows(count)]).toEqual([table, await single.rows(count)]);
  }
  for (const table of ["otel_traces", "profile_samples", "profile_stacks"]) {
    const shards = await cluster.rows(`SELECT DISTINCT _shard_num FROM ${table}`);
    expect([table, shards.length]).toEqual([table, 2]);
  }
});

const span = (trace: string, id: string, what: string): string =>
  `/api/v1/traces/${trace}/spans/${id}/${what}`;

test("profiles of a span, of a trace and of a service", async () => {
  const { body } = await expectEqual((api) => api.get(span(story.traceId, story.root, "profile")));
  expect(body.profile.total).toBeGreaterThan(0);
  await expectEqual((api) => api.get(`${span(story.traceId, story.root, "profile")}?scope=subtree&type=cpu`));
  await expectEqual((api) => api.get(`/api/v1/traces/${story.traceId}/profile`));
  await expectEqual((api) => api.get("/api/v1/profiles?service=web"));
  const all = await expectEqual((api) => api.get("/api/v1/profiles?service=many"));
  expect(all.body.total).toBe(600 * MS);
});

test("a trace, with the states of its spans", async () => {
  for (const trace of [story.traceId, held.traceId]) {
    const { body } = await expectEqual((api) => api.get(`/api/v1/traces/${trace}`));
    expect(body.spans.length).toBeGreaterThan(1);
  }
});

test("ledgers, timelines, and whom a span held up", async () => {
  const { body } = await expectEqual((api) => api.get(span(held.traceId, held.cart, "ledger")));
  expect(body.state).toBe("ready");
  await expectEqual((api) => api.get(span(held.traceId, held.cart, "timeline")));
  await expectEqual((api) => api.get(span(held.exportTrace, held.exported, "delayed")));
  await expectEqual((api) => api.get(`/api/v1/traces/${held.traceId}/ledger`));
});

test("search, services and operations", async () => {
  const { body } = await expectEqual((api) => api.get("/api/v1/traces?service=basket&limit=500"));
  expect(body.traces.length).toBeGreaterThan(50);
  await expectEqual((api) => api.get("/api/v1/traces?service=basket&sort=duration&limit=7"));
  await expectEqual((api) => api.get("/api/v1/services"));
  await expectEqual((api) => api.get("/api/v1/services/basket/operations"));
});

test("root causes", async () => {
  const question = {
    service: "basket",
    endpoint: "GET /cart",
    slow: { minMs: 200 },
    baseline: { maxMs: 200 },
  };
  const { body } = await expectEqual((api) => api.post("/api/v1/root-cause", question));
  expect(body.contributions.length).toBeGreaterThan(0);
});

test.each([
  "SELECT ServiceName, count() FROM profile_samples GROUP BY ServiceName ORDER BY ServiceName",
  "SELECT StackHash, WallNano, Functions FROM span_profile(trace_id = '{trace}', span_id = '{span}') ORDER BY WallNano, StackHash",
  "SELECT SpanId, StackHash, WallNano FROM trace_profile(trace_id = '{trace}') ORDER BY SpanId, StackHash",
  "SELECT SpanId, DurationNano, Samples FROM slow_spans(service = 'web', from = now() - INTERVAL 3 HOUR, to = now()) ORDER BY SpanId",
  "SELECT s.SpanName, sum(p.Value) FROM otel_traces AS s JOIN profile_samples AS p ON s.TraceId = p.TraceId AND s.SpanId = p.SpanId GROUP BY s.SpanName ORDER BY s.SpanName",
])("SQL as it is typed: %s", async (text) => {
  const query = text.replace("{trace}", story.traceId).replace("{span}", story.root);
  const { body } = await expectEqual(async (api) => {
    const answer = await api.post("/api/v1/sql", { query });
    // How long it took and what it read is another matter.
    return {
      ...answer,
      body: answer.status === 200 ? { columns: answer.body.columns, rows: answer.body.rows } : answer.body,
    };
  });
  expect(body.rows.length).toBeGreaterThan(0);
});

test("while a shard is away the answer is 503, never half of it", async () => {
  const [, api] = apis;
  const ask = (): Promise<Answer> => api.get("/api/v1/services");
  const whole = await ask();
  const shard = cluster.shards[1]!;
  const before = shard.pid;
  const seen = new Set<number>();
  shard.kill("SIGKILL");
  for (let answer = await ask(); seen.size === 0 || answer.status !== 200; answer = await ask()) {
    seen.add(answer.status);
    if (answer.status === 200) expect(answer.body).toEqual(whole.body);
    else expect(answer.body).toMatchObject({ status: 503, code: "store_unavailable" });
  }
  expect(shard.pid).not.toBe(before);
  expect(seen).toEqual(new Set([503]));
  expect((await ask()).body).toEqual(whole.body);
});
