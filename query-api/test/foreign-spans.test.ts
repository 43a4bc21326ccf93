// Spans in somebody else's table: every answer is the same as over our own, with and without the companion of the exporter.
import { readFileSync } from "node:fs";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { writeStory } from "./support/story.ts";
import { writeTraffic } from "./support/traffic.ts";

const script = readFileSync(new URL("fixtures/exporter-spans.sql", import.meta.url), "utf8");
// Accounts of the embedded server reach databases whose names begin with hotspan.
const statements = script
  .replaceAll("otel.otel_traces", "hotspan_elsewhere.otel_traces")
  .split(/^;$/m)
  .filter((statement) => /CREATE/.test(statement));
const tracesTable = "hotspan_elsewhere.otel_traces";
const instance = "e".repeat(32);

let store: TestStore;
let paths: readonly string[];
let own: readonly unknown[];
/** Default ranges end here, so that all ask for the same. */
const now = Date.now();

/** The reader may not read there; who runs such a setup grants it, as docs/storage.md says. */
const asWriter = (): Parameters<typeof startApi>[1] => ({
  tracesTable,
  clickhouse: { url: store.store.httpUrl, database: store.store.database, ...store.store.writer },
});

async function withApi<T>(
  config: Parameters<typeof startApi>[1],
  use: (api: TestApi) => Promise<T>,
): Promise<T> {
  const api = await startApi(store, { now: () => now, ...config });
  try {
    return await use(api);
  } finally {
    await api.close();
  }
}

async function answers(api: TestApi): Promise<unknown[]> {
  expect((await api.get("/readyz")).status).toBe(200);
  const found = await Promise.all(
    paths.map(async (path) => {
      const { status, body } = await api.get(`/api/v1${path}`);
      return { path, status, body };
    }),
  );
  const cart = { service: "cart", endpoint: "GET /cart" };
  const rootCause = await api.post("/api/v1/root-cause", {
    ...cart,
    slow: { minMs: 200 },
    baseline: { maxMs: 200 },
  });
  const side = { service: "cart", operation: "GET /cart" };
  const compare = await api.post("/api/v1/compare", { base: side, other: side, normalise: "per_span" });
  return [...found, rootCause.status, rootCause.body, compare.status, compare.body];
}

beforeAll(async () => {
  store = await testStore();
  const t0 = BigInt(Math.floor(now / 10_000) * 10 - 3000) * 1_000_000_000n;
  await writeTraffic(store, { service: "cart", instance, version: "1.0.0", t0, windows: 12, slow: 3 });
  const story = await writeStory(store);
  const spans = await store.rows<{ trace: string; span: string }>(
    "SELECT TraceId AS trace, SpanId AS span FROM otel_traces ORDER BY Duration DESC, SpanId LIMIT 2",
  );
  paths = [
    "/services",
    "/services/cart/operations",
    "/traces?service=cart&sort=duration&ledger=true&limit=10",
    "/traces?endpoint=GET%20/cart&attr=cart.items:5000&minMs=100",
    "/latency-heatmap?service=cart",
    "/regressions?service=cart",
    "/profiles?service=web&operation=render",
    "/profiles/series?service=web&operation=render&groupBy=endpoint",
    `/traces/${story.traceId}`,
    `/traces/${story.traceId}/profile`,
    `/traces/${story.traceId}/spans/${story.render}/profile`,
    `/traces/${story.traceId}/spans/${story.root}/profile?scope=subtree`,
    ...spans.flatMap(({ trace, span }) => [
      `/traces/${trace}`,
      `/traces/${trace}/profile`,
      `/traces/${trace}/ledger`,
      `/traces/${trace}/spans/${span}/profile?scope=subtree`,
      `/traces/${trace}/spans/${span}/ledger`,
      `/traces/${trace}/spans/${span}/timeline`,
    ]),
  ];
  own = await withApi({}, answers);
  await store.writer.command({ query: "CREATE DATABASE hotspan_elsewhere" });
  for (const query of statements) await store.writer.command({ query });
  const columns = await store.rows<{ name: string }>(
    "SELECT name FROM system.columns WHERE database = 'hotspan_elsewhere' AND table = 'otel_traces'",
  );
  const list = columns.map(({ name }) => `\`${name}\``).join(", ");
  // Twice, as a Collector that retries.
  for (let i = 0; i < 2; i++)
    await store.writer.command({
      query: `INSERT INTO ${tracesTable} (${list}) SELECT ${list} FROM otel_traces`,
    });
  await store.writer.command({ query: "TRUNCATE TABLE otel_traces" });
  await store.writer.command({ query: "TRUNCATE TABLE otel_traces_trace_id_ts" });
});
afterAll(async () => {
  await store?.close();
});

test("over our own table there was something to answer", () => {
  expect(own.length).toBeGreaterThan(20);
  for (const one of own)
    if (typeof one === "object" && "status" in (one ?? {})) expect(one).toMatchObject({ status: 200 });
  const profile = own.find((one) => /spans\/.*\/profile$/.test((one as { path?: string }).path ?? ""));
  expect(profile).toMatchObject({ body: { state: "ready", profile: { samples: 4 } } });
  expect(own.slice(-4)).toMatchObject([200, { slow: { spans: 36 } }, 200, { base: { spans: 120 } }]);
});

test("over the exporter's table the answers are the same, its companion there or not", async () => {
  expect(await withApi(asWriter(), answers)).toEqual(own);
  await store.writer.command({ query: "DROP VIEW hotspan_elsewhere.otel_traces_trace_id_ts_mv" });
  await store.writer.command({ query: "TRUNCATE TABLE hotspan_elsewhere.otel_traces_trace_id_ts" });
  expect(await withApi(asWriter(), answers)).toEqual(own);
  await store.writer.command({ query: "DROP TABLE hotspan_elsewhere.otel_traces_trace_id_ts" });
  expect(await withApi(asWriter(), answers)).toEqual(own);
});

test("it is among the tables that can be asked in SQL", async () => {
  const { body } = await withApi(asWriter(), (api) => api.get("/api/v1/schema"));
  const found = (body.tables as { name: string; columns: { name: string }[] }[]).find(
    ({ name }) => name === tracesTable,
  );
  expect(found?.columns.map(({ name }) => name)).toContain("SpanAttributes");
});

test("an account that may not read it is told what to grant", async () => {
  const answer = await withApi({ tracesTable }, (api) => api.get("/readyz"));
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({
    code: "store_unavailable",
    detail: expect.stringContaining("GRANT SELECT ON hotspan_elsewhere.otel_traces TO") as string,
  });
});

test.each([
  ["not_there", "", /There is no table hotspan_elsewhere\.not_there/],
  ["short", "Timestamp DateTime64(9), TraceId String", /has no column Duration, ParentSpanId/],
  [
    "json",
    readFileSync(new URL("fixtures/exporter-spans.sql", import.meta.url), "utf8")
      .split(/^;$/m)[0]!
      .replace(/^[\s\S]*?\(\n|\n\s+INDEX[\s\S]*$/g, "")
      .replace(/(`SpanAttributes`) Map\S+ \S+/, "$1 JSON")
      .replace(/,$/, ""),
    /SpanAttributes is of type JSON/,
  ],
])("a table %s is refused in words", async (table, columns, words) => {
  const name = `hotspan_elsewhere.${table}`;
  if (columns !== "")
    await store.writer.command({
      query: `CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY TraceId`,
    });
  const answer = await withApi({ ...asWriter(), tracesTable: name }, (api) => api.get("/readyz"));
  expect([answer.status, answer.body.detail]).toEqual([503, expect.stringMatching(words)]);
});

test("a name that is none ends the start", async () => {
  await expect(startApi(store, { tracesTable: "otel_traces" })).rejects.toThrow(
    /HOTSPAN_TRACES_TABLE: Not the name of a table as database\.table/,
  );
});
