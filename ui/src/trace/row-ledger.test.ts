import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerClass, Timeline } from "../api/ledger-types.ts";
import type { Trace, TraceSpan } from "../api/types.ts";
import { heldWords, laneSegments, notePlace, partsOf, sumsOf } from "./row-ledger.ts";

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
  name: "GET /cart",
  endpoint: "GET /cart",
  service: "checkout",
  startUnixNano: "1700000000000000000",
  durationNano: 249e6,
} as TraceSpan;
const trace = {
  traceId: "t",
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
  const words = (...of: Parameters<typeof heldWords>) => plain(heldWords(...of)?.words);
  expect(words(trace, span, client)).toBe(
    "answered after 40 ms, then the loop was held by POST /export for 191 ms",
  );
  expect(words({ ...trace, spans: [span] }, span, client)).toBe(
    "the loop was held by POST /export for 191 ms",
  );
  expect(words(trace, span, { ...client, turns: [] })).toContain("the loop was held for 200 ms");
  expect(plain(heldWords(trace, span, client)?.short)).toBe("held by POST /export, 191 ms");
  expect(plain(heldWords(trace, span, { ...client, turns: [] })?.short)).toBe("loop held, 200 ms");
});

test("the note tells another request of the same name from the row's own", () => {
  const named = (endpoint: string): Timeline => ({
    ...client,
    labels: [{ traceId: "x", spanId: "e", endpoint }, null],
  });
  expect(heldWords(trace, span, named("GET /cart"))?.words).toContain("held by another GET /cart for");
  expect(heldWords(trace, span, named("GET /carts"))?.words).toContain("held by GET /carts for");
  const two: Timeline = {
    ...named("GET /cart"),
    turns: [
      { start: 41e6, dur: 100e6, label: 0, frame: null },
      { start: 141e6, dur: 91e6, label: 1, frame: null },
    ],
    labels: [
      { traceId: "x", spanId: "e", endpoint: "GET /cart" },
      { traceId: "y", spanId: "e", endpoint: "GET /cart" },
    ],
  };
  expect(heldWords(trace, span, two)?.words).toContain("held by other GET /cart requests for");
});

test("the note stands beside the bar, in its held segment, or under the selected row", () => {
  const held = { class: "loop.held" as const, left: 10, width: 40 };
  const place = (left: number, width: number, widthPx: number, selected = false) =>
    notePlace({ left, width }, [held], { widthPx, selected })?.side;
  expect(place(0, 50, 600)).toBe("after");
  expect(place(45, 55, 600)).toBe("before");
  expect(place(0, 100, 600)).toBe("inside");
  expect(notePlace({ left: 0, width: 100 }, [held], { widthPx: 450, selected: false })).toEqual({
    side: "inside",
    left: 10,
    width: 40,
  });
  expect(place(0, 100, 400)).toBeUndefined();
  expect(place(0, 100, 400, true)).toBe("below");
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
