import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerClass, Timeline } from "../api/ledger-types.ts";
import type { Trace, TraceSpan } from "../api/types.ts";
import { heldWords, laneSegments, partsOf, sumsOf } from "./row-ledger.ts";

const piece = (from: number, to: number, name: LedgerClass) => ({
  start: from * 1e6,
  dur: (to - from) * 1e6,
  class: name,
});
function timelineOf(span: ReturnType<typeof piece>[], more: Partial<Timeline> = {}): Timeline {
  return {
    state: "ready",
    t0UnixNano: "0",
    durationNano: 249e6,
    turns: [],
    gc: [],
    idle: [],
    span,
    children: [],
    ticks: [],
    labels: [],
    ...more,
  };
}
const client = timelineOf(
  [
    piece(0, 2, "cpu.self"),
    piece(2, 41, "wait.child"),
    piece(41, 241, "loop.held"),
    piece(241, 249, "cpu.self"),
  ],
  {
    turns: [
      { start: 29e6, dur: 203e6, label: 0, frame: null },
      { start: 232e6, dur: 9e6, label: 1, frame: null },
    ],
    labels: [{ traceId: "x", spanId: "e", endpoint: "POST /export" }, null],
  },
);
const span = {
  spanId: "s",
  service: "checkout",
  startUnixNano: "1700000000000000000",
  durationNano: 249e6,
} as TraceSpan;
const trace = {
  spans: [
    span,
    {
      spanId: "r",
      parentSpanId: "s",
      service: "cart-store",
      startUnixNano: "1700000000004000000",
      durationNano: 36e6,
    },
  ],
} as unknown as Trace;
const plain = (text: string | undefined): string | undefined => text?.replaceAll(/\s/g, " ");

test("the note says when the answer stood there and who held the loop meanwhile", () => {
  expect(plain(heldWords(trace, span, client))).toBe(
    "answered after 40 ms, then the loop was held by POST /export for 191 ms",
  );
  expect(plain(heldWords({ ...trace, spans: [span] }, span, client))).toBe(
    "the loop was held by POST /export for 191 ms",
  );
  expect(plain(heldWords(trace, span, { ...client, turns: [] }))).toContain("the loop was held for 200 ms");
});

test("there is no note where the loop was held for little of the span", () => {
  expect(heldWords(trace, { ...span, durationNano: 1200e6 }, client)).toBeUndefined();
  expect(heldWords(trace, span, timelineOf([piece(0, 249, "cpu.self")]))).toBeUndefined();
});

test("touching pieces of one class are one part, in the trace's time; sums stay", () => {
  const parts = partsOf(timelineOf([piece(0, 2, "gc"), piece(2, 5, "gc"), piece(5, 6, "cpu.self")]), 10e6);
  expect(parts).toEqual([
    { class: "gc", start: 10e6, end: 15e6 },
    { class: "cpu.self", start: 15e6, end: 16e6 },
  ]);
  expect(sumsOf(client).find((one) => one.class === "cpu.self")?.nano).toBe(10e6);
});

test("a lane never draws more segments than it has places, nor outside of itself", () => {
  const names = ["cpu.self", "gc", "wait.child"] as const;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 400 }), (lengths) => {
      let at = 0;
      const parts = lengths.map((length, index) => {
        const start = at;
        at += length;
        return { class: names[index % 3] as LedgerClass, start, end: at };
      });
      const segments = laneSegments(parts, { from: 0, to: Math.max(1, at) }, 60);
      expect(segments.length).toBeLessThanOrEqual(60);
      let end = 0;
      for (const one of segments) {
        expect(one.left).toBeGreaterThanOrEqual(end - 1e-6);
        end = one.left + one.width;
      }
      expect(end).toBeLessThanOrEqual(100 + 1e-6);
      if (lengths.length > 0) expect(end).toBeCloseTo(100, 3);
    }),
  );
});
