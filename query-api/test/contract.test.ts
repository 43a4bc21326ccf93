// Every JSON answer has the shape its schema promises.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { type EndpointName, violations } from "./support/contract.ts";
import { type Held, writeHeld } from "./support/held.ts";
import { type Story, writeStory } from "./support/story.ts";

let store: TestStore;
let api: TestApi;
let story: Story;
let held: Held;

beforeAll(async () => {
  store = await testStore();
  story = await writeStory(store);
  held = await writeHeld(store);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

const paths: readonly [EndpointName, () => string][] = [
  ["services", () => "/services"],
  ["services", () => "/services?limit=1"],
  ["operations", () => "/services/web/operations"],
  ["traces", () => "/traces?limit=1"],
  ["heatmap", () => "/latency-heatmap"],
  ["trace", () => `/traces/${story.traceId}`],
  ["spanProfile", () => `/traces/${story.traceId}/spans/${story.root}/profile?highlight=main`],
  ["traceProfile", () => `/traces/${story.traceId}/profile?type=cpu`],
  ["spanLedger", () => `/traces/${story.traceId}/spans/${story.root}/ledger`],
  ["spanLedger", () => `/traces/${held.traceId}/spans/${held.cart}/ledger`],
  ["traceLedger", () => `/traces/${held.traceId}/ledger`],
  ["timeline", () => `/traces/${held.traceId}/spans/${held.cart}/timeline`],
  ["delayed", () => `/traces/${held.exportTrace}/spans/${held.exported}/delayed`],
  ["profiles", () => "/profiles"],
  ["profiles", () => "/profiles?type=heap_inuse"],
  ["top", () => "/profiles/top"],
  ["schema", () => "/schema"],
];

test.each(paths)("%s", async (name, path) => {
  const { status, body } = await api.get(`/api/v1${path()}`);
  expect(status).toBe(200);
  expect(violations(name, body)).toEqual([]);
});

test("sql", async () => {
  const { body } = await api.post("/api/v1/sql", { query: "SELECT 1, 'a'" });
  expect(violations("sql", body)).toEqual([]);
});
