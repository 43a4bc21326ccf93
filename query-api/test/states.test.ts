// Every state of a span's profile, from rows as they would lie in the store.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
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

let store: TestStore;
let api: TestApi;
let now = Date.now();
const S = 1_000_000_000n;
const base = (BigInt(Math.floor(now / 1000)) - 3000n) * S;
const traceId = traceIdOf("states");
const instance = "e".repeat(32);

beforeAll(async () => {
  store = await testStore();
  api = await startApi(store, { now: () => now });
  await insertInstances(store.writer, [
    { service: "svc", instance, seen: base, host: "h", pid: 7 },
    { service: "win", instance: "f".repeat(32), seen: base, resource: { "os.type": "windows" } },
  ]);
  // Windows 0 to 2, a pause, 3, and 5: window 4 is missing.
  const at = (n: number): bigint => base + BigInt(n) * S;
  await insertWindows(
    store.writer,
    [
      [0, 0],
      [1, 10],
      [2, 20],
      [3, 40],
      [5, 60],
    ].map(([seq, second]) => ({ service: "svc", instance, seq: seq!, start: at(second!) })),
  );
  // Heap profiles are windows without ticks: the one that lies in window 4 does not stand for it.
  await insertWindows(
    store.writer,
    [
      [2, 25],
      [4, 55],
    ].map(([seq, second]) => ({
      service: "svc",
      instance,
      seq: seq!,
      start: at(second!),
      seconds: 0,
      periodNano: 0,
    })),
  );
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

let id = 0;
async function stateOf(
  span: Partial<SpanRow> & { at: number },
  sampled = false,
): Promise<{ state: string; answer: Record<string, unknown> }> {
  const spanId = spanIdOf(`s${id++}`);
  const row: SpanRow = {
    traceId,
    spanId,
    service: "svc",
    name: "op",
    durationMs: 500,
    start: base + (BigInt(Math.round(span.at * 1000)) * S) / 1000n,
    instance,
    thread: 0,
    ...span,
  };
  await insertSpans(store.writer, [row]);
  if (sampled)
    await insertSamples(store.writer, [
      { service: row.service, traceId, spanId, at: row.start, stack: ["f"], instance, wall: MS, cpu: MS },
    ]);
  const url = `/api/v1/traces/${traceId}/spans/${spanId}/profile`;
  const { status, body } = await api.get(url);
  expect(status).toBe(200);
  expect(body.profile !== undefined).toBe(body.state === "ready");
  const { body: trace } = await api.get(`/api/v1/traces/${traceId}`);
  expect(trace.spans.find((one: { spanId: string }) => one.spanId === spanId).profile.state).toBe(body.state);
  for (const format of ["pprof", "collapsed", "speedscope"]) {
    const file = await api.get(`${url}?format=${format}`);
    expect(file.status).toBe(body.state === "ready" ? 200 : 406);
    if (body.state !== "ready")
      expect(file.body).toMatchObject({
        code: "format_not_available",
        detail: expect.stringContaining(body.state) as unknown,
      });
  }
  return { state: body.state as string, answer: body as Record<string, unknown> };
}

const unnamed = { instance: undefined, thread: undefined } as unknown as Partial<SpanRow>;

test.each<[string, string, Parameters<typeof stateOf>]>([
  ["ready", "sampled", [{ at: 5 }, true]],
  ["ready", "sampled while nothing ran", [{ at: 5 }]],
  [
    "ready",
    "found by host and pid",
    [{ at: 5, ...unnamed, resource: { "host.name": "h", "process.pid": "7" } }],
  ],
  ["too_short", "shorter than the period", [{ at: 5, durationMs: 3 }]],
  ["not_sampled", "while sampling paused", [{ at: 33 }]],
  ["lost", "where a window is missing", [{ at: 53 }]],
  ["lost", "behind the last window, long ago", [{ at: 80 }]],
  ["lost", "of an agent that never sent", [{ at: 5, instance: "9".repeat(32) }]],
  ["no_agent", "of a service without agent", [{ at: 5, service: "plain", ...unnamed }]],
  [
    "no_agent",
    "of a process without agent",
    [{ at: 5, ...unnamed, resource: { "host.name": "h", "process.pid": "8" } }],
  ],
  ["unsupported", "on Windows", [{ at: 5, ...unnamed, resource: { "os.type": "windows" } }]],
  ["unsupported", "of an agent on Windows", [{ at: 5, service: "win", ...unnamed }]],
])("%s: a span %s", async (state, _what, args) => {
  expect((await stateOf(...args)).state).toBe(state);
});

test("a span that another profiler sampled has a profile, and no ledger for want of an agent", async () => {
  const other = "d".repeat(32);
  const resource = { "host.name": "h", "process.pid": "9", "telemetry.distro.version": "1.2" };
  await insertInstances(store.writer, [
    { service: "go", instance: other, seen: base, host: "h", pid: 9, resource, agentVersion: "" },
  ]);
  const recent = (BigInt(now) - 2000n) * 1_000_000n;
  for (const start of [base, recent])
    for (const [i, more] of [{ resource }, {}].entries()) {
      // A trace each: what is read of one is kept for a while.
      const trace = traceIdOf(`other ${start} ${i}`);
      const spanId = spanIdOf("other");
      const span = { traceId: trace, spanId, service: "go", name: "op", durationMs: 500, start, ...more };
      await insertSpans(store.writer, [span]);
      const url = `/api/v1/traces/${trace}/spans/${spanId}`;
      expect((await api.get(`${url}/ledger`)).body).toMatchObject({ state: "no_agent", rows: [] });
      await insertSamples(store.writer, [
        {
          service: "go",
          traceId: trace,
          spanId,
          at: start,
          stack: ["f"],
          instance: other,
          wall: MS,
          cpu: MS,
        },
      ]);
      expect((await api.get(`${url}/profile`)).body).toMatchObject({
        state: "ready",
        profile: { samples: 1 },
      });
      expect((await api.get(`${url}/ledger`)).body).toMatchObject({ state: "no_agent", rows: [] });
    }
});

test("pending, then lost: the window is waited for until one window and 5 s after the span", async () => {
  const second = Number(BigInt(now) / 1000n - base / S);
  const { state, answer } = await stateOf({ at: second - 2 });
  expect(state).toBe("pending");
  expect(answer["retryAfterMs"]).toBeGreaterThan(0);
  expect(answer["retryAfterMs"]).toBeLessThanOrEqual(5000);
  const seen = now;
  try {
    now = seen + 14_000;
    const late = await stateOf({ at: second - 2 });
    expect(late.state).toBe("lost");
  } finally {
    now = seen;
  }
});

test("expired: older than the samples that are kept", async () => {
  const seen = now;
  try {
    now = seen + 8 * 86_400_000;
    expect((await stateOf({ at: 5 })).state).toBe("expired");
  } finally {
    now = seen;
  }
});

test("samples without their span are a profile all the same", async () => {
  const spanId = spanIdOf("orphan");
  const orphan = traceIdOf("orphans");
  await insertSamples(store.writer, [
    { service: "svc", traceId: orphan, spanId, at: base, stack: ["f"], instance, wall: MS, cpu: MS },
  ]);
  const { status, body } = await api.get(`/api/v1/traces/${orphan}/spans/${spanId}/profile`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ state: "ready", profile: { total: MS, samples: 1 } });
});

test("samples whose stack is gone are not lost", async () => {
  const spanId = spanIdOf("stackless");
  const lone = traceIdOf("stackless");
  await insertSamples(
    store.writer,
    [
      {
        service: "svc",
        traceId: lone,
        spanId,
        at: base,
        stack: ["never stored"],
        instance,
        wall: MS,
        cpu: MS,
      },
    ],
    { stacks: false },
  );
  const { body } = await api.get(`/api/v1/traces/${lone}/profile`);
  expect(body.profile).toMatchObject({ total: MS, samples: 1 });
  expect(body.profile.frames[1].function).toBe("(unknown)");
});
