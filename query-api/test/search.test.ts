import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tracesSql } from "../src/db/matching-traces.ts";
import { lastSamples, spansByService } from "../src/db/services.ts";
import { OWN } from "../src/db/span-columns.ts";
import { type Sql, sql } from "../src/db/sql.ts";
import { startApi, type TestApi } from "./support/api.ts";
import {
  insertInstances,
  insertSamples,
  insertSpans,
  insertWindows,
  MS,
  type SpanRow,
  spanIdOf,
  traceIdOf,
} from "./support/rows.ts";
import { type Story, writeStory } from "./support/story.ts";

let store: TestStore;
let api: TestApi;
let story: Story;
const count = 25;

/** Trace n starts n seconds after the story, lasts 10·n ms; every fifth fails; even ones are profiled. */
async function writeMany(): Promise<void> {
  const spans: SpanRow[] = [];
  const instance = "d".repeat(32);
  for (let n = 1; n <= count; n++) {
    const traceId = traceIdOf(`many-${n}`);
    const start = story.t0 + BigInt(n) * 1_000_000_000n;
    spans.push({
      traceId,
      spanId: spanIdOf(`m${n}`),
      service: "many",
      name: "job",
      kind: "Consumer",
      start,
      durationMs: 10 * n,
      status: n % 5 === 0 ? "Error" : "Ok",
      instance,
      thread: n % 3,
      resource: { "cloud.availability_zone": n % 5 === 0 ? "eu-a" : "eu-b" },
      attributes: { n: String(n), parity: n % 2 === 0 ? "even" : "odd", "weird:key": "a:b" },
    });
    spans.push({
      traceId,
      spanId: spanIdOf(`c${n}`),
      parent: spanIdOf(`m${n}`),
      service: "many",
      name: "step",
      start,
      durationMs: 1,
    });
  }
  await insertSpans(store.writer, spans);
  await insertWindows(store.writer, [
    {
      service: "many",
      instance,
      seq: 0,
      start: story.t0,
      labels: [4, 9].map((n) => ({
        traceId: traceIdOf(`many-${n}`),
        spanId: spanIdOf(`m${n}`),
        user: { tenant: n === 4 ? "acme" : "other" },
      })),
    },
  ]);
  const even = spans.filter((span) => span.attributes?.["parity"] === "even");
  await insertSamples(
    store.writer,
    even.map((span) => ({
      service: "many",
      endpoint: "job",
      traceId: span.traceId,
      spanId: span.spanId,
      at: span.start,
      stack: ["work"],
      instance,
      wall: 10 * MS,
      cpu: 4 * MS,
    })),
  );
}

beforeAll(async () => {
  store = await testStore();
  story = await writeStory(store);
  await writeMany();
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

const found = async (query: string): Promise<number[]> => {
  const { status, body } = await api.get(`/api/v1/traces?service=many&limit=500&${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.traces.map((trace: { durationNano: number }) => trace.durationNano / (10 * MS));
};
const numbers = (keep: (n: number) => boolean): number[] =>
  Array.from({ length: count }, (_, i) => count - i).filter(keep);

describe("search", () => {
  test("a row says what the trace is, duplicates collapsed", async () => {
    const { body } = await api.get("/api/v1/traces?service=cart");
    expect(body).toEqual({
      traces: [
        {
          traceId: story.traceId,
          root: { spanId: story.root, service: "web", name: "GET /cart", endpoint: "GET /cart" },
          startUnixNano: String(story.t0),
          durationNano: 100 * MS,
          spans: 4,
          errors: 1,
          services: ["cart", "web"],
          samples: 9,
          cpuNano: 50 * MS,
          complete: true,
        },
      ],
    });
  });

  test.each<[string, (n: number) => boolean]>([
    ["", () => true],
    ["sort=duration", () => true],
    ["minMs=100&maxMs=120", (n) => n >= 10 && n <= 12],
    ["minMs=100.5", (n) => n >= 11],
    ["status=error", (n) => n % 5 === 0],
    ["status=ok", (n) => n % 5 !== 0],
    ["profiled=true", (n) => n % 2 === 0],
    ["profiled=false", (n) => n % 2 === 1],
    ["attr=n:7", (n) => n === 7],
    ["attr=n:7&attr=n:8", (n) => n === 7 || n === 8],
    ["attr=n:7&attr=parity:even", () => false],
    ["attr=n:8&attr=parity:even", (n) => n === 8],
    ["attr=service.name:many&attr=n:3", (n) => n === 3],
    ["attr=absent:", () => false],
    ["operation=step&attr=n:3", () => false],
    ["operation=step&operation=job", () => true],
    ["endpoint=job&profiled=true&status=error", (n) => n % 10 === 0],
    ["zone=eu-a", (n) => n % 5 === 0],
    ["zone=eu-a&zone=eu-b", () => true],
    [`instance=${"d".repeat(32)}&thread=1`, (n) => n % 3 === 1],
    ["thread=0&thread=2", (n) => n % 3 !== 1],
    [`instance=${"e".repeat(32)}`, () => false],
    ["label=tenant:acme", (n) => n === 4],
    ["label=tenant:acme&label=tenant:other", (n) => n === 4 || n === 9],
    ["label=tenant:acme&thread=0", () => false],
  ])("%s", async (query, keep) => {
    expect(await found(query)).toEqual(numbers(keep));
  });

  test("pages hold every trace once, in order", async () => {
    for (const sort of ["start", "duration"]) {
      const seen: string[] = [];
      let cursor = "";
      for (let page = 0; page < 10; page++) {
        const { body } = await api.get(`/api/v1/traces?service=many&limit=4&sort=${sort}${cursor}`);
        seen.push(...body.traces.map((trace: { traceId: string }) => trace.traceId));
        if (body.nextCursor === undefined) break;
        expect(body.traces).toHaveLength(4);
        cursor = `&cursor=${body.nextCursor}`;
      }
      expect(seen).toEqual(numbers(() => true).map((n) => traceIdOf(`many-${n}`)));
    }
  });

  test("the range goes by the start of the trace", async () => {
    const at = (n: number): string => String(Number(story.t0 / 1_000_000n) + n * 1000);
    expect(await found(`from=${at(3)}&to=${at(6)}`)).toEqual([5, 4, 3]);
  });

  test("the heatmap counts the same traces, cell by cell", async () => {
    const from = Number(story.t0 / 1_000_000n) + 1000;
    const query = `service=many&from=${from}&to=${from + count * 1000}`;
    const { body } = await api.get(`/api/v1/latency-heatmap?${query}&buckets=5x4`);
    expect(body.t0UnixNano).toBe(`${from}000000`);
    expect(body.stepNano).toBe(5e9);
    expect(body.edgesNano).toHaveLength(5);
    const sum = (at: number): number =>
      body.cells.reduce((all: number, cell: number[]) => all + cell[at]!, 0);
    expect([sum(2), sum(3)]).toEqual([count, 5]);
    for (const [column, row, traces, errors] of body.cells as [number, number, number, number][]) {
      const step = from + column * 5000;
      const url = (more: string): string =>
        `/api/v1/traces?service=many&from=${step}&to=${step + 5000}&minMs=${body.edgesNano[row] / MS}&maxMs=${(body.edgesNano[row + 1] - 1) / MS}${more}`;
      expect((await api.get(url(""))).body.traces).toHaveLength(traces);
      expect((await api.get(url("&status=error"))).body.traces).toHaveLength(errors);
    }
    const empty = await api.get("/api/v1/latency-heatmap?service=nope&buckets=3x2");
    expect(empty.body).toMatchObject({ cells: [] });
    expect(empty.body.edgesNano).toHaveLength(3);
  });
});

test("a trace of hours is listed once, where it began, though it ended with the latest", async () => {
  const query = "service=long&limit=3";
  const minute = 60_000_000_000n;
  const end = story.t0 - 200n * minute;
  const span = (trace: string, id: string, start: bigint, minutes: number): SpanRow => ({
    traceId: traceIdOf(trace),
    spanId: spanIdOf(id),
    service: "long",
    name: "job",
    start,
    durationMs: minutes * 60_000,
  });
  await insertSpans(store.writer, [
    span("long", "long", end - 50n * minute, 50),
    span("long", "last", end - 1n * minute, 1),
    ...[1, 2, 3, 4].map((n) => span(`short-${n}`, `short${n}`, end - BigInt(n) * 2n * minute, 1)),
  ]);
  const to = `to=${end / 1_000_000n + 1n}&from=${end / 1_000_000n - 7_200_000n}`;
  const first = await api.get(`/api/v1/traces?${query}&${to}`);
  const second = await api.get(`/api/v1/traces?${query}&${to}&cursor=${first.body.nextCursor}`);
  const rows = [...first.body.traces, ...second.body.traces];
  expect(rows.map(({ traceId }) => traceId)).toEqual(
    ["short-1", "short-2", "short-3", "short-4", "long"].map((name) => traceIdOf(name)),
  );
  expect(rows.at(-1)).toMatchObject({ durationNano: 3_000_000 * MS, spans: 2 });
  expect(second.body.nextCursor).toBeUndefined();
});

test("a service is not taken for another of the same bit", async () => {
  const [row] = await store.rows<{ name: string }>(
    "SELECT concat('twin', toString(number)) AS name FROM numbers(10000) WHERE cityHash64(name) % 64 = cityHash64('alone') % 64 LIMIT 1",
  );
  const twin = row!.name;
  const start = story.t0 - 30_000n * 1_000_000_000n;
  const job = (service: string, trace: string): SpanRow => ({
    traceId: traceIdOf(trace),
    spanId: spanIdOf(trace),
    service,
    name: "job",
    start,
    durationMs: 1,
  });
  const range = `from=${start / 1_000_000n - 1000n}&to=${start / 1_000_000n + 1000n}`;
  const ids = async (service: string): Promise<string[]> => {
    const { body } = await api.get(`/api/v1/traces?service=${service}&${range}`);
    return body.traces.map(({ traceId }: { traceId: string }) => traceId);
  };
  await insertSpans(store.writer, [job("alone", "alone"), job("other", "other")]);
  expect(await ids("alone")).toEqual([traceIdOf("alone")]);
  await insertSpans(store.writer, [job(twin, "twin")]);
  expect(await ids("alone")).toEqual([traceIdOf("alone")]);
  expect(await ids(twin)).toEqual([traceIdOf("twin")]);
  const both = await ids(`alone&service=${twin}`);
  expect(both.toSorted()).toEqual([traceIdOf("alone"), traceIdOf("twin")].toSorted());
});

test("a day is read from the projections, not from the spans", async () => {
  const table = sql`otel_traces`;
  const columns = { table, own: true, ...OWN, index: undefined };
  const hour = 3_600_000_000_000n;
  const range = { from: story.t0 - 23n * hour, to: story.t0 + hour };
  const reads = async (query: Sql): Promise<string[]> => {
    const explained = await store.rows<{ explain: string }>(`EXPLAIN ${query.text}`);
    return explained.flatMap(({ explain }) => /ReadFrom\w+ \((\w+)\)/.exec(explain)?.[1] ?? []);
  };
  expect(await reads(tracesSql(table, columns, { status: "error", minMs: 5 }, range, range))).toEqual([
    "traces",
  ]);
  expect(await reads(tracesSql(table, columns, { service: ["many"] }, range, range))).toContain("traces");
  expect(await reads(tracesSql(table, columns, {}, range, range, ["many"]))).toEqual(["traces"]);
  expect(await reads(spansByService(table, columns, range))).toContain("services");
  expect(await reads(lastSamples(range))).toContain("by_process");
});

test("services come from spans, samples and agents", async () => {
  const { body } = await api.get("/api/v1/services");
  expect(body.services.map((one: { name: string }) => one.name)).toEqual(["cart", "many", "web"]);
  expect(body.services[2]).toEqual({
    name: "web",
    versions: ["1.2.0"],
    environments: ["prod"],
    zones: ["eu-1"],
    instances: 1,
    lastSpanUnixNano: String(story.t0 + BigInt(50 * MS)),
    lastSampleUnixNano: String(story.t0 + BigInt(300 * MS)),
  });
  const page = await api.get("/api/v1/services?limit=2");
  expect(page.body.services).toHaveLength(2);
  const rest = await api.get(`/api/v1/services?cursor=${page.body.nextCursor}`);
  expect(rest.body.services.map((one: { name: string }) => one.name)).toEqual(["web"]);
  expect(rest.body.nextCursor).toBeUndefined();
});

test("operations count each span once, with its samples", async () => {
  const { body } = await api.get("/api/v1/services/web/operations");
  expect(body.operations).toEqual([
    { name: "GET", kind: "client", endpoint: null, spans: 1, p50Nano: 30 * MS, p95Nano: 30 * MS, samples: 0 },
    {
      name: "GET /cart",
      kind: "server",
      endpoint: "GET /cart",
      spans: 1,
      p50Nano: 100 * MS,
      p95Nano: 100 * MS,
      samples: 3,
    },
    {
      name: "render",
      kind: "internal",
      endpoint: null,
      spans: 1,
      p50Nano: 40 * MS,
      p95Nano: 40 * MS,
      samples: 4,
    },
  ]);
  expect((await api.get("/api/v1/services/nope/operations")).body).toEqual({ operations: [] });
});

test("a cursor is good for its own list only, and asks for no more than a range may", async () => {
  const { body } = await api.get("/api/v1/services?limit=1");
  const path = "/api/v1/services/many/operations?limit=1";
  const mine = (await api.get(path)).body.nextCursor;
  expect((await api.get(`${path}&cursor=${mine}`)).status).toBe(200);
  const refused = async (url: string, cursor: string): Promise<void> => {
    const answer = await api.get(`${url}cursor=${cursor}`);
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, "bad_parameter", "cursor"]);
  };
  await refused(`${path}&`, body.nextCursor);
  await refused("/api/v1/services/web/operations?", mine);
  await refused("/api/v1/fleet?", body.nextCursor);
  await refused("/api/v1/deploys?", body.nextCursor);
  const parts = JSON.parse(Buffer.from(mine, "base64url").toString()) as string[];
  const last = parts.length - 1;
  for (const [at, text] of [
    [1, "9".repeat(20)],
    [1, "0"],
    [2, "9".repeat(20)],
    [2, "0"],
    [last, "f".repeat(32)],
    [last, "1ffffffff"],
  ] as const)
    await refused(`${path}&`, Buffer.from(JSON.stringify(parts.with(at, text))).toString("base64url"));
});

test("versions and processes of a range that is over are those that ran in it", async () => {
  const later = "c".repeat(32);
  const now = BigInt(Date.now()) * 1_000_000n;
  await insertInstances(store.writer, [
    { service: "web", instance: later, seen: now, version: "1.3.0", environment: "next", zone: "eu-9" },
  ]);
  await insertWindows(store.writer, [
    { service: "web", instance: later, seq: 0, start: now - 5_000_000_000n },
  ]);
  const ms = (nano: bigint): bigint => nano / 1_000_000n;
  const web = async (query: string) =>
    (await api.get(`/api/v1/services?${query}`)).body.services.find(
      ({ name }: { name: string }) => name === "web",
    );
  const past = await web(`from=${ms(story.t0) - 60_000n}&to=${ms(story.t0) + 60_000n}`);
  expect(past).toMatchObject({
    versions: ["1.2.0"],
    environments: ["prod"],
    zones: ["eu-1"],
    instances: 1,
  });
  expect(await web("")).toMatchObject({ versions: ["1.2.0", "1.3.0"], instances: 2 });
});
