import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertRowBinary, RowWriter } from "@hotspan/store";
import { testStore, type TestStore } from "@hotspan/store/testing";

const page = readFileSync(new URL("../../../docs/sql.md", import.meta.url), "utf8");
const recipes = [...page.matchAll(/^\*\*(.+?)\*\*[\s\S]*?```sql\n([\s\S]+?)```/gm)].map(
  ([, title, query]) => ({
    title: title as string,
    query: query as string,
  }),
);
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
  await fill();
});
afterAll(() => db.close());

// The span of the page, 900 ms long, with three ticks of 10 ms in two stacks, all in one turn of the loop that takes 40 ms.
async function fill(): Promise<void> {
  // Some seconds ago: the page's queries end at now(), which has no fractions.
  const now = Date.now() - 5000;
  const seconds = Math.floor(now / 1000);
  const bucket = seconds - (seconds % 600);
  const span = {
    Timestamp: time(now - 1000),
    TraceId: traceId,
    SpanId: spanId,
    SpanName: "GET /cart",
    SpanKind: "Server",
    ServiceName: "cart",
    ResourceAttributes: { "service.version": "2.0.1" },
    SpanAttributes: { "http.route": "/cart", "http.request.method": "GET" },
    Duration: 900_000_000,
  };
  // Twice, as a Collector that retries.
  await insert("otel_traces", span);
  await insert("otel_traces", span);
  await insert("profile_instances", {
    ServiceName: "cart",
    Instance: "i1",
    ServiceVersion: "2.0.1",
    LastSeen: seconds,
  });
  // Turns of 40 ms with the ticks, of 7 ms between them and of 4 ms.
  await insert("profile_windows", {
    Instance: "i1",
    ServiceName: "cart",
    Start: time(now - 1000),
    End: time(now),
    HasJournal: true,
    LabelEndpoint: ["GET /cart", "GET /health"],
    TurnDelta: [95_000, 200_000, 200_000],
    TurnBusy: [40_000, 7_000, 4_000],
    TurnLabel: [1, 2, 1],
  });
  await insert("profile_events", {
    Instance: "i1",
    ServiceName: "cart",
    Timestamp: time(now - 500),
    Kind: "gc_minor",
    DurationNano: 2_000_000,
  });
  const samples = new RowWriter();
  for (const [index, hash] of [1n, 1n, 2n].entries()) {
    samples.string("cart");
    samples.string("wall");
    samples.u32(bucket);
    samples.string("GET /cart");
    samples.string(traceId);
    samples.string(spanId);
    samples.i64Number((now - 900 + index * 10) * 1000);
    samples.u64(hash);
    samples.string("i1");
    samples.u8(1);
    samples.i64(10_000_000n);
    samples.i64(9_000_000n);
  }
  const sampleColumns =
    "ServiceName ProfileType Bucket Endpoint TraceId SpanId Timestamp StackHash Instance State Value CpuNano";
  await insertRowBinary(db.writer, "profile_samples", sampleColumns.split(" "), samples.view());
  const place = new RowWriter();
  for (const text of [traceId, "cart", "wall", "GET /cart"]) place.string(text);
  place.u32(bucket);
  await insertRowBinary(
    db.writer,
    "profile_traces",
    ["TraceId", "ServiceName", "ProfileType", "Endpoint", "Bucket"],
    place.view(),
  );
  const stacks = new RowWriter();
  for (const [hash, leaf] of [
    [1n, "render"],
    [2n, "parse"],
  ] as const) {
    stacks.string("cart");
    stacks.u64(hash);
    stacks.stringArray([leaf, "handle"]);
    stacks.stringArray(["a.js", "b.js"]);
    stacks.u32Array([1, 2]);
    stacks.stringArray(["cart", "cart"]);
    // The leaf is a dependency's.
    stacks.arrayLength(2);
    stacks.u8(2);
    stacks.u8(1);
    stacks.u32(seconds);
  }
  const stackColumns = "ServiceName StackHash Functions Files Lines Packages Kinds LastSeen".split(" ");
  // Twice, as a stack that is re-emitted: it must not count twice.
  await insertRowBinary(db.writer, "profile_stacks", stackColumns, stacks.view());
  await insertRowBinary(db.writer, "profile_stacks", stackColumns, stacks.view());
}

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace("T", " ");

function insert(table: string, row: Readonly<Record<string, unknown>>): Promise<unknown> {
  return db.writer.insert({ table, format: "JSONEachRow", values: [row] });
}

async function run(query: string): Promise<readonly Record<string, unknown>[]> {
  const result = await db.reader.query({ query, format: "JSONEachRow" });
  return result.json();
}

function recipe(start: string): string {
  return recipes.find(({ title }) => title.startsWith(start))?.query ?? `no recipe ${start}`;
}

test("the page has its recipes", () => {
  expect(recipes.length).toBe(page.match(/```sql/g)?.length);
  expect(recipes.length).toBeGreaterThanOrEqual(6);
});

test.each(recipes)("$title", async ({ query }) => {
  expect((await run(query)).length).toBeGreaterThan(0);
});

test("one span's samples are its samples", async () => {
  expect(await run(recipe("The samples of one span"))).toEqual([
    { function: "render", file: "a.js", samples: 2, wall_ms: 20, cpu_ms: 18 },
    { function: "parse", file: "a.js", samples: 1, wall_ms: 10, cpu_ms: 9 },
  ]);
  expect(await run(recipe("A flame graph"))).toEqual([
    { stack: "handle;render", samples: 2 },
    { stack: "handle;parse", samples: 1 },
  ]);
  expect(await run(recipe("A whole trace"))).toEqual([
    { service: "cart", span: "GET /cart", function: "render", wall_ms: 20 },
    { service: "cart", span: "GET /cart", function: "parse", wall_ms: 10 },
  ]);
});

test("slow spans carry the time sampled in them", async () => {
  expect(await run(recipe("The slowest spans"))).toMatchObject([
    { TraceId: traceId, SpanId: spanId, SpanName: "GET /cart", duration_ms: 900, sampled_ms: 30, cpu_ms: 27 },
  ]);
});

test("a service as a flame graph, and its hottest functions", async () => {
  expect(await run(recipe("A flame graph of a service"))).toEqual([
    { Stack: "handle;render", Samples: 2 },
    { Stack: "handle;parse", Samples: 1 },
  ]);
  expect(await run(recipe("The hottest functions of one endpoint"))).toEqual([
    { Function: "render", File: "a.js", self_ms: 20, cpu_ms: 18, percent: 66.7 },
    { Function: "parse", File: "a.js", self_ms: 10, cpu_ms: 9, percent: 33.3 },
  ]);
});

test("long turns are shared out by the samples in them, and go to who began them where there are none", async () => {
  expect(await run(recipe("Who holds the event loop"))).toMatchObject([
    { Endpoint: "GET /cart", Function: "handle", held_ms: 40, Turns: 1, longest_ms: 40 },
    { Endpoint: "GET /health", Function: "", held_ms: 7, Turns: 1, longest_ms: 7 },
  ]);
});

test("a request is counted once, however often its span came", async () => {
  expect(await run(recipe("What does a request cost"))).toEqual([
    {
      Endpoint: "GET /cart",
      Version: "2.0.1",
      Requests: 1,
      CpuSeconds: 0.027,
      CpuSecondsPer1000Requests: 27,
    },
  ]);
});

const ofService = "service = 'cart', from = now() - INTERVAL 1 HOUR, to = now()";
test.each([
  `span_profile(trace_id = '${traceId}', span_id = '${spanId}')`,
  `trace_profile(trace_id = '${traceId}')`,
  ...["slow_spans", "flamegraph", "endpoint_hotspots", "loop_blame", "cpu_per_1000_requests"].map(
    (view) => `${view}(${ofService})`,
  ),
])("%s reads by primary keys", async (view) => {
  const plan = (await run(`EXPLAIN indexes = 1 SELECT * FROM ${view}`)).map((row) => String(row["explain"]));
  const reads = plan.join("\n").split("ReadFromMergeTree").slice(1);
  expect(reads.length).toBeGreaterThan(0);
  for (const read of reads) {
    const keys = /PrimaryKey\s+[│\s]*Keys:\s+([\s\S]*?)Condition:/.exec(read)?.[1] ?? "";
    expect(keys, read.slice(0, 800)).toMatch(/ServiceName|TraceId|Instance/);
  }
  // Whole ten minutes by stack are summed already.
  if (/^(flamegraph|endpoint_hotspots)/.test(view)) expect(plan.join()).toContain("(by_stack)");
});

test("tables and columns on the page exist", async () => {
  const tables = await run("SELECT name FROM system.tables WHERE database = currentDatabase()");
  const names = new Set(tables.map((row) => row["name"]));
  const mentioned = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  expect(mentioned.length).toBeGreaterThanOrEqual(8);
  expect(mentioned.filter((name) => !names.has(name))).toEqual([]);
});
