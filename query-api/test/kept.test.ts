// A slow trace whose samples have expired: those that were kept answer for them.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi } from "./support/api.ts";
import {
  insertInstances,
  insertSamples,
  insertSpans,
  insertWindows,
  MS,
  spanIdOf,
  traceIdOf,
} from "./support/rows.ts";
import { type Story, webInstance, writeStory } from "./support/story.ts";

const day = 86_400_000;
let store: TestStore;
let story: Story;
const other = { traceId: traceIdOf("other"), spanId: spanIdOf("other") };

beforeAll(async () => {
  store = await testStore();
  story = await writeStory(store);
  // A trace like any other: its samples are not kept.
  const span = { ...other, service: "web", instance: webInstance, thread: 0 };
  await insertSpans(store.writer, [
    { ...span, name: "GET /other", kind: "Server", start: story.t0 + 400n * BigInt(MS), durationMs: 50 },
  ]);
  await insertSamples(store.writer, [
    { ...span, at: story.t0 + 410n * BigInt(MS), stack: ["main"], wall: 10 * MS, cpu: MS },
  ]);
});
afterAll(async () => {
  await store?.close();
});

const paths = (): string[] => [
  `/traces/${story.traceId}/spans/${story.root}/profile`,
  `/traces/${story.traceId}/spans/${story.root}/profile?scope=subtree`,
  `/traces/${story.traceId}/spans/${story.call}/profile`,
  `/traces/${story.traceId}/profile?type=cpu`,
  `/traces/${story.traceId}`,
  `/traces?service=web&operation=render&profiled=true`,
];

async function ask(list: readonly string[], ageMs: number): Promise<unknown[]> {
  const now = Date.now();
  const api = await startApi(store, { now: () => now + ageMs });
  try {
    const from = `from=${now - 3_600_000}&to=${now}`;
    const answers = await Promise.all(
      list.map((path) => api.get(`/api/v1${path}${path.startsWith("/traces?") ? `&${from}` : ""}`)),
    );
    return answers.map(({ status, body }) => {
      expect(status).toBe(200);
      return body;
    });
  } finally {
    await api.close();
  }
}

/** As the correlator keeps them. */
const keep = (traceId: string): Promise<unknown> =>
  store.writer.command({
    query: `INSERT INTO profile_samples_slow
        (TraceId, SpanId, Timestamp, Instance, Thread, StackHash, ServiceName, ProfileType, Bucket, Endpoint, State, Samples, Value, CpuNano)
      SELECT TraceId, SpanId, Timestamp, Instance, Thread, StackHash, ServiceName, ProfileType, Bucket, Endpoint, State, count(), sum(Value), sum(CpuNano)
      FROM profile_samples WHERE TraceId = {traceId:String} AND ProfileType = 'wall' GROUP BY ALL`,
    query_params: { traceId },
  });

const views = (traceId: string): Promise<readonly unknown[]> =>
  store.rows(
    `SELECT * FROM (
       SELECT SpanId, StackHash, Samples, WallNano, CpuNano, Functions FROM trace_profile(trace_id = {traceId:String})
       UNION ALL SELECT 'one', StackHash, Samples, WallNano, CpuNano, Functions FROM span_profile(trace_id = {traceId:String}, span_id = {spanId:String})
     ) ORDER BY ALL`,
    { traceId, spanId: story.render },
  );

test("after 20 days the answers are what they were, and of other traces expired", async () => {
  const fresh = await ask(paths(), 0);
  const rows = await views(story.traceId);
  expect(fresh[0]).toMatchObject({ state: "ready", profile: { samples: 3 } });
  expect(fresh[5]).toMatchObject({ traces: [{ traceId: story.traceId, samples: 9 }] });
  expect(rows.length).toBeGreaterThan(6);
  // Twice, as by two correlators.
  await keep(story.traceId);
  await keep(story.traceId);
  expect(await ask(paths(), 0)).toEqual(fresh);
  expect(await views(story.traceId)).toEqual(rows);
  await store.alter("TRUNCATE TABLE profile_samples");
  expect(await ask(paths(), 20 * day)).toEqual(fresh);
  await store.alter("TRUNCATE TABLE profile_traces");
  expect(await ask(paths(), 20 * day)).toEqual(fresh);
  expect(await views(story.traceId)).toEqual(rows);
  expect(await ask([`/traces/${other.traceId}/spans/${other.spanId}/profile`], 20 * day)).toMatchObject([
    { state: "expired" },
  ]);
});

test("of a trace over midnight of which one day has expired, both count", async () => {
  const midnight = BigInt(Math.floor(Date.now() / day) * day - 6 * day) * BigInt(MS);
  const ids = { traceId: traceIdOf("midnight"), spanId: spanIdOf("midnight") };
  const span = { ...ids, service: "web", instance: webInstance, thread: 0 };
  const at = (ms: number): bigint => midnight + BigInt(ms) * BigInt(MS);
  await insertSpans(store.writer, [
    { ...span, name: "GET /late", kind: "Server", start: at(-30), durationMs: 60 },
  ]);
  const tick = { ...span, endpoint: "GET /late", wall: 10 * MS, cpu: MS };
  await insertSamples(store.writer, [
    { ...tick, at: at(-20), stack: ["main", "before"] },
    { ...tick, at: at(10), stack: ["main", "after"] },
    { ...tick, at: at(20), stack: ["main", "after"] },
  ]);
  await insertWindows(store.writer, [
    { service: "web", instance: webInstance, seq: 100, start: at(-5000) },
    { service: "web", instance: webInstance, seq: 101, start: at(5000) },
  ]);
  await insertInstances(store.writer, [{ service: "web", instance: webInstance, seen: at(10_000) }]);
  await keep(ids.traceId);
  const path = [`/traces/${ids.traceId}/spans/${ids.spanId}/profile`, `/traces/${ids.traceId}`];
  const both = await ask(path, 0);
  const rows = await views(ids.traceId);
  expect(both[0]).toMatchObject({ state: "ready", profile: { samples: 3 } });
  const before = new Date(Number(midnight / BigInt(MS)) - day).toISOString().slice(0, 10);
  for (const table of ["profile_samples", "profile_traces"])
    await store.alter(`ALTER TABLE ${table} DROP PARTITION '${before}'`);
  expect(await ask(path, 0)).toEqual(both);
  expect(await views(ids.traceId)).toEqual(rows);
});
