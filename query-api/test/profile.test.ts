import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { MS } from "./support/rows.ts";
import { type Story, writeStory } from "./support/story.ts";

let store: TestStore;
let api: TestApi;
let story: Story;

beforeAll(async () => {
  store = await testStore();
  story = await writeStory(store);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

test("smoke", async () => {
  const p = `/api/v1/traces/${story.traceId}`;
  for (const path of [
    "/readyz",
    "/api/v1/services",
    "/api/v1/services/web/operations",
    "/api/v1/traces",
    "/api/v1/latency-heatmap?buckets=4x4",
    p,
    `${p}/spans/${story.root}/profile`,
    `${p}/spans/${story.root}/profile?scope=subtree&type=cpu`,
    `${p}/profile?hide=^express/&highlight=JSON`,
    "/api/v1/profiles?service=web&operation=render&label=tenant:acme&version=1.2.0",
    "/api/v1/profiles/top?service=web",
    "/api/v1/schema",
  ]) {
    const a = await api.get(path);
    console.log(path, a.status, JSON.stringify(a.body).slice(0, 1500));
  }
  for (const q of [
    "SELECT 1 AS a, toUInt64(7) AS b, 'x' AS c",
    "SELECT number FROM numbers(20)",
    "DROP TABLE otel_traces",
    "SELECT * FROM url('http://127.0.0.1:1/')",
    "SELECT * FROM system.processes",
    "SELEC 1",
    "INSERT INTO otel_traces (TraceId) VALUES ('a')",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 PARALLEL WITH SELECT 2",
    "SELECT sleep(3)",
    "SELECT 1; SELECT 2",
    "SELECT * FROM nope",
    "SHOW TABLES",
    "EXPLAIN SELECT 1",
    "SELECT 1 SETTINGS max_memory_usage=0",
    "DESCRIBE otel_traces",
    "SELECT count() FROM otel_traces -- hi",
  ]) {
    const a = await api.post("/api/v1/sql", { query: q, maxRows: 5, timeoutMs: 1000 });
    console.log(q, a.status, JSON.stringify(a.body).slice(0, 400));
  }
  expect(MS).toBe(1e6);
});
