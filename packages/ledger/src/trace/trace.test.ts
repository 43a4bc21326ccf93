import { describe, expect, it } from "vitest";
import type { LedgerContext } from "../context.ts";
import { busy, EPOCH, label, makeSpan, makeWindow } from "../testing/window.ts";
import { buildTimeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import { criticalPath } from "./path.ts";
import { estimateSkew, type SpanPair } from "./skew.ts";
import { traceLedger } from "./trace-ledger.ts";

const MS = 1e6;
const OTHER = "b".repeat(32);

function context(spans: readonly LedgerSpan[], rest: Partial<LedgerContext> = {}): LedgerContext {
  return { spans, timelineOf: () => undefined, ...rest };
}

function steps(root: LedgerSpan, spans: readonly LedgerSpan[], rest: Partial<LedgerContext> = {}): string[] {
  return criticalPath(root, context(spans, rest)).map(
    ({ span, start, end }) => `${span.spanId} ${Math.round(start / MS)}–${Math.round(end / MS)}`,
  );
}

describe("the critical path", () => {
  const root = makeSpan("root", 0.5, 100.5);
  const child = (id: string, from: number, to: number, rest: Partial<LedgerSpan> = {}): LedgerSpan =>
    makeSpan(id, from + 0.5, to + 0.5, { parentSpanId: "root", ...rest });

  it("goes through the child that ended last, back to back, and sums to the root", () => {
    expect(steps(root, [root, child("a", 10, 40), child("b", 5, 30), child("c", 50, 90)])).toEqual([
      "root 0–10",
      "a 10–40",
      "root 40–50",
      "c 50–90",
      "root 90–100",
    ]);
  });

  it("cuts a child that outlives its parent, and survives cycles and twins", () => {
    const cycle = [child("a", 10, 400, { parentSpanId: "b" }), child("b", 20, 400, { parentSpanId: "a" })];
    expect(steps(root, [root, root, ...cycle, child("late", 60, 500)])).toEqual(["root 0–60", "late 60–100"]);
  });

  it("moves children of another process by their clock's skew", () => {
    const call = child("call", 20, 60, { kind: "client" });
    const serve = makeSpan("serve", 1030.5, 1050.5, { parentSpanId: "call", instance: OTHER });
    const skewOf = () => ({ offset: 1000 * MS, low: 999 * MS, high: 1001 * MS, pairs: 9 });
    expect(steps(root, [root, call, serve], { skewOf })).toEqual([
      "root 0–20",
      "call 20–30",
      "serve 30–50",
      "call 50–60",
      "root 60–100",
    ]);
  });
});

describe("the ledger of a trace", () => {
  const root = makeSpan("root", 10.5, 210.5);
  const call = makeSpan("call", 50.5, 180.5, {
    parentSpanId: "root",
    kind: "client",
    attributes: { "http.request.method": "GET" },
  });
  const serve = makeSpan("serve", 60.5, 170.5, { parentSpanId: "call", instance: OTHER, kind: "server" });
  const spans = [root, call, serve];
  const here = buildTimeline([
    makeWindow({
      length: 400,
      ticks: [
        { at: 10, state: "idle" },
        ...busy(15, 45, { label: "root" }),
        { at: 180.5, state: "idle", cpu: 5.5 },
        ...busy(185, 205, { label: "root" }),
        { at: 400, state: "idle", cpu: 5.5 },
      ],
      turns: [
        { at: 10.5, busy: 40, label: "root" },
        { at: 180.5, busy: 30, label: "root" },
      ],
    }),
  ]);
  const there = buildTimeline([
    makeWindow({
      length: 400,
      ticks: [
        { at: 60.5, state: "idle" },
        ...busy(65, 165, { label: "serve" }),
        { at: 400, state: "idle", cpu: 5 },
      ],
    }),
  ]);
  const skewOf = () => ({ offset: 0, low: 0, high: 0, pairs: 1 });

  it("is that of whichever span decided, over services, and sums exactly", () => {
    const timelineOf = (instance: string) => (instance === OTHER ? there : here);
    const { state, rows, durationNano } = traceLedger(root, { spans, timelineOf, skewOf });
    expect(state).toBe("ready");
    expect(rows.reduce((sum, row) => sum + row.nano, 0)).toBe(durationNano);
    const millis = Object.fromEntries(rows.map((row) => [row.class, Math.round(row.nano / MS)]));
    // 40 + 30 here, 110 there, the network between.
    expect(millis["cpu.self"]).toBe(180);
    expect(millis["wait.child"]).toBe(20);
  });

  it("holds what a request waits for before the other side's span against what ran there", () => {
    const queued = makeSpan("serve", 100.5, 170.5, { parentSpanId: "call", instance: OTHER, kind: "server" });
    const hog = label("hog", "POST /export");
    const there = buildTimeline([
      makeWindow({
        length: 400,
        labels: [hog],
        ticks: [
          { at: 70.5, state: "idle" },
          ...busy(75, 95, { label: "hog", stack: "buildCsv" }),
          // A doze of a moment is no proof that the request was not there.
          { at: 100.5, state: "idle", cpu: 4.8 },
          ...busy(105, 165, { label: "serve" }),
          { at: 400, state: "idle", cpu: 5 },
        ],
        turns: [
          { at: 70.5, busy: 29.3, label: "hog" },
          { at: 100.5, busy: 70, label: "serve" },
        ],
      }),
    ]);
    const { rows, blame, durationNano } = traceLedger(root, {
      spans: [root, call, queued],
      timelineOf: (instance) => (instance === OTHER ? there : here),
      skewOf,
    });
    expect(rows.reduce((sum, row) => sum + row.nano, 0)).toBe(durationNano);
    const millis = Object.fromEntries(rows.map((row) => [row.class, Math.round(row.nano / MS)]));
    expect(millis).toMatchObject({ "cpu.self": 140, "loop.held": 29, "wait.child": 31 });
    expect(blame).toMatchObject([{ endpoint: "POST /export", stack: "buildCsv" }]);
    expect(blame[0]?.nano).toBeGreaterThan(29 * MS);
  });

  it("leaves the time of a service without an agent unprofiled", () => {
    const timelineOf = (instance: string) => (instance === OTHER ? undefined : here);
    const { rows, durationNano } = traceLedger(root, { spans, timelineOf, skewOf });
    expect(rows.reduce((sum, row) => sum + row.nano, 0)).toBe(durationNano);
    expect(rows.find((row) => row.class === "unprofiled")?.nano).toBe(serve.durationNano);
    expect(traceLedger(root, context(spans)).state).toBe("no_windows");
  });
});

describe("the skew of two clocks", () => {
  const pair = (clientStart: number, clientMs: number, serverStart: number, serverMs: number): SpanPair => {
    const span = (start: number, ms: number) => ({
      startUnixNano: EPOCH + BigInt(Math.floor(start)) * 1_000_000n,
      durationNano: ms * MS,
    });
    return { client: span(clientStart, clientMs), server: span(serverStart, serverMs) };
  };

  it("lies between the tightest bounds of many pairs", () => {
    // The server is 250 ms ahead; requests take 2 to 40 ms to come and to go.
    const pairs = Array.from({ length: 200 }, (_, i) => {
      const there = 2 + ((i * 7) % 38);
      const back = 2 + ((i * 11) % 38);
      return pair(1000 * i + 0.3, there + 30 + back, 1000 * i + 0.3 + there + 250, 30);
    });
    const skew = estimateSkew(pairs);
    expect(skew?.low).toBeLessThan(250 * MS);
    expect(skew?.high).toBeGreaterThan(250 * MS);
    expect((skew?.high ?? 0) - (skew?.low ?? 0)).toBeLessThan(8 * MS);
    expect(Math.abs((skew?.offset ?? 0) - 250 * MS)).toBeLessThan(2 * MS);
  });

  it("is unknown without pairs, and wide where pairs contradict each other", () => {
    expect(estimateSkew([])).toBeUndefined();
    const skew = estimateSkew([pair(0, 50, 10, 30), pair(100, 50, 610, 30)]);
    expect((skew?.high ?? 0) - (skew?.low ?? 0)).toBeGreaterThan(400 * MS);
  });
});
