import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ledger } from "../api/ledger-types.ts";
import type { Trace, TraceSpan } from "../api/types.ts";
import { serviceColours } from "./colours.ts";
import { ledger, row } from "../ledger/fixture.ts";
import { traceSentence } from "./sentence.ts";
import {
  buildWaterfall,
  matches,
  panWindow,
  placeIn,
  unfoldTo,
  visibleRows,
  type WaterfallRow,
  turnWindow,
  zoomWindow,
} from "./waterfall.ts";

const origin = 1_700_000_000_000_000_000n;

function span(
  id: string,
  parent: string | null,
  start: number,
  ms: number,
  more: Partial<TraceSpan> = {},
): TraceSpan {
  return {
    spanId: id,
    parentSpanId: parent,
    service: "web",
    instance: null,
    thread: null,
    name: id,
    kind: "internal",
    endpoint: null,
    startUnixNano: String(origin + BigInt(Math.round(start * 1e6))),
    durationNano: Math.round(ms * 1e6),
    status: "unset",
    attributes: {},
    resource: {},
    events: [],
    links: [],
    profile: { state: "too_short", selfSamples: 0, subtreeSamples: 0 },
    ...more,
  };
}

function trace(spans: TraceSpan[], path: [string, number, number][] = [], ms = 100): Trace {
  return {
    traceId: "0".repeat(32),
    startUnixNano: String(origin),
    durationNano: ms * 1e6,
    complete: true,
    criticalPath: path.map(([spanId, start, length]) => ({
      spanId,
      startUnixNano: String(origin + BigInt(start * 1e6)),
      durationNano: length * 1e6,
    })),
    spans,
  };
}

const shape = (rows: readonly WaterfallRow[]): string[] =>
  rows.map((row) => `${" ".repeat(row.level)}${row.span.spanId}`);

test("children follow their parent in order of time", () => {
  const { rows } = buildWaterfall(
    trace([span("d", "b", 50, 1), span("a", null, 0, 100), span("c", "a", 60, 5), span("b", "a", 10, 40)]),
  );
  expect(shape(rows)).toEqual(["a", " b", "  d", " c"]);
  expect(rows.map((row) => row.end)).toEqual([4, 3, 3, 4]);
});

test("a span without its parent is shown as a root and says so; clocks may be off", () => {
  const { rows, from, to } = buildWaterfall(trace([span("a", null, 0, 100), span("x", "gone", -5, 200)]));
  expect(rows.map((row) => [row.span.spanId, row.orphan])).toEqual([
    ["x", true],
    ["a", false],
  ]);
  expect([from, to]).toEqual([-5e6, 195e6]);
});

test("every span is placed exactly once, whatever their parents say", () => {
  const ids = Array.from({ length: 12 }, (_, i) => `s${i}`);
  const anySpans = fc.uniqueArray(
    fc.record({
      id: fc.constantFrom(...ids),
      parent: fc.option(fc.constantFrom(...ids, "gone"), { nil: null }),
      start: fc.nat(50),
      ms: fc.nat(50),
    }),
    { selector: ({ id }) => id, maxLength: 12 },
  );
  fc.assert(
    fc.property(anySpans, fc.array(fc.constantFrom(...ids)), (drafts, fold) => {
      const waterfall = buildWaterfall(
        trace(drafts.map(({ id, parent, start, ms }) => span(id, parent, start, ms))),
      );
      const { rows } = waterfall;
      expect(rows.map((row) => row.span.spanId).sort()).toEqual(drafts.map(({ id }) => id).sort());
      rows.forEach((row, index) => {
        expect(row.index).toBe(index);
        expect(row.end).toBeGreaterThan(index);
        if (row.parent === undefined) expect(row.level).toBe(0);
        else {
          expect(row.level).toBe((rows[row.parent]?.level ?? Number.NaN) + 1);
          expect(row.end).toBeLessThanOrEqual(rows[row.parent]?.end ?? 0);
        }
      });
      // Folding hides descendants only, and unfolding to a row shows it.
      const folded = new Set(fold);
      const visible = new Set(visibleRows(waterfall, folded));
      for (const row of rows) {
        let hidden = false;
        for (let above = row.parent; above !== undefined; above = rows[above]?.parent) {
          hidden ||= folded.has(rows[above]?.span.spanId ?? "");
        }
        expect(visible.has(row)).toBe(!hidden);
        expect(visibleRows(waterfall, unfoldTo(waterfall, folded, row))).toContain(row);
      }
    }),
  );
});

test("a chain of 20,000 spans is placed without recursion", () => {
  const spans = Array.from({ length: 20_000 }, (_, i) => span(`s${i}`, i === 0 ? null : `s${i - 1}`, 0, 1));
  const { rows } = buildWaterfall(trace(spans));
  expect(rows.at(-1)?.level).toBe(19_999);
});

test("find looks at operation, service, ids and attributes", () => {
  const one = span("0123456789abcdef", null, 0, 1, {
    name: "GET /cart",
    attributes: { "user.tier": "Business" },
  });
  for (const needle of ["get /c", "web", "0123", "user.tier", "tier=business", " business "]) {
    expect(matches(one, needle)).toBe(true);
  }
  expect(matches(one, "checkout")).toBe(false);
  expect(matches(one, "  ")).toBe(false);
});

describe("the window of time", () => {
  const whole = { from: 0, to: 100e6 };
  test("places bars in per cent and leaves out what is outside", () => {
    expect(placeIn(whole, 25e6, 50e6)).toEqual({ left: 25, width: 50 });
    expect(placeIn({ from: 50e6, to: 100e6 }, 25e6, 50e6)).toEqual({ left: 0, width: 50 });
    expect(placeIn({ from: 50e6, to: 100e6 }, 0, 10e6)).toBeUndefined();
  });
  test("zooms and pans inside the whole, never finer than a microsecond", () => {
    const steps = fc.oneof(
      fc.record({ factor: fc.constantFrom(0.5, 2), centre: fc.integer({ min: 0, max: 100e6 }) }),
      fc.record({ share: fc.constantFrom(-0.25, 0.25) }),
    );
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), (moves) => {
        let window = whole;
        for (const move of moves) {
          window =
            "share" in move
              ? panWindow(whole, window, move.share)
              : zoomWindow(whole, window, move.factor, move.centre);
          expect(window.from).toBeGreaterThanOrEqual(0);
          expect(window.to).toBeLessThanOrEqual(100e6 + 1e-6);
          expect(window.to - window.from).toBeGreaterThan(999);
        }
      }),
    );
  });
});

describe("the sentence", () => {
  const says = (one: Trace, of?: Ledger): string =>
    traceSentence(one, buildWaterfall(one), of)
      .map((part) => (typeof part === "string" ? part : part.strong))
      .join("");
  const root = span("a", null, 0, 982, { name: "GET /cart" });
  const child = span("b", "a", 9, 964, { service: "checkout" });
  test("names the service that took most of the critical path", () => {
    const path: [string, number, number][] = [
      ["a", 0, 18],
      ["b", 18, 964],
    ];
    expect(says(trace([root, child], path, 982))).toBe("GET /cart took 982 ms, 964 of them in checkout.");
  });
  test("says the unit again where it is another one", () => {
    const path: [string, number, number][] = [
      ["a", 0, 9_000],
      ["b", 9_000, 9_500],
    ];
    expect(says(trace([root, child], path, 18_500))).toBe(
      "GET /cart took 18.5 s, 9,500 ms of them in checkout.",
    );
  });
  test("goes on with the causes, and names no service that took less than they did", () => {
    const path: [string, number, number][] = [
      ["a", 0, 400],
      ["b", 400, 582],
    ];
    const held = (ms: number): Ledger => ledger([row("loop.held", ms), row("unprofiled", 982 - ms)]);
    expect(says(trace([root, child], path, 982), held(500))).toBe(
      "GET /cart took 982 ms, 582 of them in checkout: 500 ms with the loop held by other work.",
    );
    expect(says(trace([root, child], path, 982), held(900))).toBe(
      "GET /cart took 982 ms: 900 ms with the loop held by other work.",
    );
    expect(says(trace([root], [["a", 0, 982]], 982), held(0))).toBe("GET /cart took 982 ms in web.");
  });
  test("is short where one service did it all, or nothing is known", () => {
    expect(says(trace([root], [["a", 0, 982]], 982))).toBe("GET /cart took 982 ms in web.");
    expect(says(trace([root, child], [], 982))).toBe("GET /cart took 982 ms.");
    expect(says(trace([root, child], [["b", 0, 982]], 982))).toBe(
      "GET /cart took 982 ms, all of it in checkout.",
    );
  });
  test("does not name an orphan as the whole", () => {
    expect(says(trace([span("x", "gone", 0, 50)], [], 50))).toBe("The spans received cover 50 ms in web.");
    expect(says(trace([]))).toBe("This trace has no spans.");
  });
});

test("five services have a colour, the busiest the first", () => {
  const spans = ["a", "b", "c", "d", "e", "f"].map((service, i) =>
    span(service, null, 0, 1, { service, profile: { state: "ready", selfSamples: i, subtreeSamples: i } }),
  );
  const colours = serviceColours(spans);
  expect(colours.get("f")).toBe("p-own");
  expect(colours.get("a")).toBe("p-root");
  expect(new Set(colours.values()).size).toBe(6);
});

test("a turn of the loop is shown with half of its length on either side, within the trace", () => {
  const whole = { from: 0, to: 1000e6 };
  const start = "1700000000000500000";
  const shown = (from: number, to: number) =>
    turnWindow(whole, start, { turnFrom: 1_700_000_000_000.5 + from, turnTo: 1_700_000_000_000.5 + to });
  expect(shown(400, 600)).toEqual({ from: 300e6, to: 700e6 });
  expect(shown(-100, 100)).toEqual({ from: 0, to: 200e6 });
  expect(shown(-100, -1)).toBeUndefined();
  expect(shown(1001, 1100)).toBeUndefined();
  expect(turnWindow(whole, start, {})).toBeUndefined();
});
