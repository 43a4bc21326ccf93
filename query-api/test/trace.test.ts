import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./support/api.ts";
import { insertSpans, MS, type SpanRow, spanIdOf, traceIdOf } from "./support/rows.ts";
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

test("a trace has all its spans, the critical path and the samples under each span", async () => {
  const { body } = await api.get(`/api/v1/traces/${story.traceId}`);
  expect(body).toMatchObject({
    traceId: story.traceId,
    startUnixNano: String(story.t0),
    durationNano: 100 * MS,
    complete: true,
  });
  expect(body.spans.map((span: { spanId: string; profile: object }) => [span.spanId, span.profile])).toEqual([
    [story.root, { state: "ready", selfSamples: 3, subtreeSamples: 9 }],
    [story.call, { state: "ready", selfSamples: 0, subtreeSamples: 2 }],
    [story.items, { state: "ready", selfSamples: 2, subtreeSamples: 2 }],
    [story.render, { state: "ready", selfSamples: 4, subtreeSamples: 4 }],
  ]);
  expect(body.spans[0]).toMatchObject({
    parentSpanId: null,
    service: "web",
    instance: "a".repeat(32),
    thread: 0,
    name: "GET /cart",
    kind: "server",
    endpoint: "GET /cart",
    status: "error",
    attributes: { "user.tier": "gold" },
    resource: { "service.version": "1.2.0" },
    events: [],
    links: [],
  });
  expect(body.spans[3].endpoint).toBe("GET /cart");
  const offset = (nano: string): number => Number(BigInt(nano) - story.t0) / MS;
  expect(
    body.criticalPath.map((one: { spanId: string; startUnixNano: string; durationNano: number }) => [
      one.spanId,
      offset(one.startUnixNano),
      one.durationNano / MS,
    ]),
  ).toEqual([
    [story.root, 0, 10],
    [story.call, 10, 2],
    [story.items, 12, 26],
    [story.call, 38, 2],
    [story.root, 40, 10],
    [story.render, 50, 40],
    [story.root, 90, 10],
  ]);
});

test("a trace may be odd: length zero, a missing parent, a circle, ten thousand spans", async () => {
  const start = story.t0;
  const base = { service: "odd", name: "x", start };
  const odd = traceIdOf("odd");
  await insertSpans(store.writer, [
    { ...base, traceId: odd, spanId: spanIdOf("a"), parent: spanIdOf("gone"), durationMs: 0 },
    { ...base, traceId: odd, spanId: spanIdOf("b"), parent: spanIdOf("c"), durationMs: 5 },
    { ...base, traceId: odd, spanId: spanIdOf("c"), parent: spanIdOf("b"), durationMs: 5 },
    { ...base, traceId: odd, spanId: spanIdOf("d"), parent: spanIdOf("d"), durationMs: 5 },
  ]);
  const answer = await api.get(`/api/v1/traces/${odd}`);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ complete: false, durationNano: 5 * MS });
  expect(answer.body.spans).toHaveLength(4);
  for (const span of ["a", "b", "c", "d"])
    expect(
      (await api.get(`/api/v1/traces/${odd}/spans/${spanIdOf(span)}/profile?scope=subtree`)).body.state,
    ).toBe("no_agent");
  const row = (await api.get("/api/v1/traces?service=odd")).body.traces[0];
  expect(row).toMatchObject({ root: null, complete: false, spans: 4 });

  const big = traceIdOf("big");
  const spans = Array.from(
    { length: 12_000 },
    (_, i): SpanRow => ({
      ...base,
      traceId: big,
      spanId: i.toString(16).padStart(16, "0"),
      durationMs: 100,
      start: start + BigInt(i),
      ...(i === 0
        ? {}
        : {
            parent: Math.floor((i - 1) / 3)
              .toString(16)
              .padStart(16, "0"),
          }),
    }),
  );
  await insertSpans(store.writer, spans);
  const { status, body } = await api.get(`/api/v1/traces/${big}`);
  expect(status).toBe(200);
  expect(body.spans).toHaveLength(12_000);
  expect(body.complete).toBe(true);
});

test("a deep link leads to the span's page", async () => {
  const { status, headers } = await api.get(`/open/${story.traceId}/${story.root}`);
  expect([status, headers.get("location")]).toEqual([302, `/trace/${story.traceId}/span/${story.root}`]);
  expect((await api.get(`/open/${story.traceId}/xyz`)).status).toBe(400);
});
