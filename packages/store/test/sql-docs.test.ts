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

// The span of the page, 900 ms long, with three ticks of 10 ms in two stacks.
async function fill(): Promise<void> {
  const now = Date.now();
  const seconds = Math.floor(now / 1000);
  const bucket = seconds - (seconds % 600);
  const span = new RowWriter();
  span.i64(BigInt(now - 1000) * 1_000_000n);
  for (const text of [traceId, spanId, "GET /cart", "cart"]) span.string(text);
  span.u64(900_000_000n);
  await insertRowBinary(
    db.writer,
    "otel_traces",
    ["Timestamp", "TraceId", "SpanId", "SpanName", "ServiceName", "Duration"],
    span.view(),
  );
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
    stacks.u32(seconds);
  }
  const stackColumns = "ServiceName StackHash Functions Files Lines Packages LastSeen".split(" ");
  // Twice, as a stack that is re-emitted: it must not count twice.
  await insertRowBinary(db.writer, "profile_stacks", stackColumns, stacks.view());
  await insertRowBinary(db.writer, "profile_stacks", stackColumns, stacks.view());
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
  await expect(run(query)).resolves.toBeInstanceOf(Array);
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

test("tables and columns on the page exist", async () => {
  const tables = await run("SELECT name FROM system.tables WHERE database = currentDatabase()");
  const names = new Set(tables.map((row) => row["name"]));
  const mentioned = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  expect(mentioned.length).toBeGreaterThanOrEqual(8);
  expect(mentioned.filter((name) => !names.has(name))).toEqual([]);
});
