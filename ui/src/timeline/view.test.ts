import { describe, expect, test } from "vitest";
import type { LedgerBlame, LedgerClass, Timeline } from "../api/ledger-types.ts";
import { frame, noCode } from "../ledger/fixture.ts";
import { ownOf } from "../ledger/holders.ts";
import { heldNote, subtreeOf, summary, timelineView, turnAt, turnOf, turnSearch, turnWords } from "./view.ts";

// Numbers and their units are joined by a space that does not break.
const plain = (text: string): string => text.replaceAll(/\s/g, " ");
const pad = 50;
const at = (from: number, to: number) => ({ start: (from + pad) * 1e6, dur: (to - from) * 1e6 });
const label = (traceId: string, spanId: string, endpoint: string) => ({ traceId, spanId, endpoint });
const timeline: Timeline = {
  state: "ready",
  t0UnixNano: "1700000000000000000",
  durationNano: (964 + 2 * pad) * 1e6,
  turns: [
    { ...at(-36, -28), label: 2, frame: null },
    { ...at(0, 5), label: 0, frame: null },
    { ...at(52, 255), label: 1, frame: frame("buildCsv") },
    { ...at(255, 263), label: 3, frame: frame("flushMetrics") },
    { ...at(263, 909), label: 4, frame: frame("parseCart") },
  ],
  gc: [at(300, 310)],
  idle: [],
  span: (
    [
      [0, 5, "cpu.self"],
      [5, 64, "wait.child"],
      [64, 200, "loop.held"],
      [200, 263, "loop.held"],
      [263, 964, "cpu.self"],
    ] as [number, number, LedgerClass][]
  ).map(([from, to, name]) => ({ ...at(from, to), class: name })),
  children: [
    { spanId: "k1", name: "redis GET", ...at(5, 11), answered: null },
    { spanId: "k2", name: "GET cart-store", ...at(8, 271), answered: (62 + pad) * 1e6 },
    { spanId: "k3", name: "late", ...at(700, 800), answered: null },
  ],
  ticks: [{ t: 60e6, class: "cpu.self" }],
  labels: [
    label("t", "s", "GET /cart"),
    label("x", "e", "POST /export"),
    label("y", "c", "GET /cart"),
    null,
    label("t", "kid", "GET /cart"),
  ],
};
const blame: LedgerBlame[] = [
  {
    endpoint: "POST /export",
    traceId: "x",
    spanId: "e",
    kind: "request",
    frame: noCode,
    nano: 191e6,
    low: 1,
    high: 2,
  },
];
const own = ownOf("t", [{ name: "GET /cart", endpoint: "GET /cart" }]);
const view = timelineView(
  timeline,
  { traceId: "t", durationNano: 964e6 },
  { padMs: pad, subtree: new Set(["s", "kid"]), blame, own },
);

test("times count from the span's start; turns belong to the span, to the one blamed, to others or to nobody", () => {
  expect([view.from, view.to]).toEqual([-50e6, 1014e6]);
  expect(view.turns.map((turn) => turn.owner)).toEqual(["other", "self", "held", "none", "self"]);
  expect(view.turns[2]?.start).toBe(52e6);
  expect(view.culprit).toBe("POST /export");
  expect(plain(turnWords(view.turns[2]!))).toBe("From 52.0 ms: POST /export · buildCsv, a turn of 203.0 ms");
});

test("another request of the span's own name is told apart, in turns and for the legend", () => {
  expect(view.turns.map((turn) => turn.who)).toEqual([
    "another GET /cart",
    "this span",
    "POST /export",
    "no request",
    "this span",
  ]);
  const same = timelineView(
    { ...timeline, labels: timeline.labels.map((one) => one && { ...one, endpoint: "GET /cart" }) },
    { traceId: "t", durationNano: 964e6 },
    { padMs: pad, subtree: new Set(["s"]), blame: [{ ...blame[0]!, endpoint: "GET /cart" }], own },
  );
  expect(same.culprit).toBe("another GET /cart");
  // Not below the span, but of its trace.
  expect(same.turns.at(-1)?.who).toBe("another GET /cart of this trace");
});

test("functions without a name that can be read are shown as what they are", () => {
  const turns = [{ ...at(52, 255), label: 1, frame: frame("RegExp: a+b") }];
  const one = timelineView(
    { ...timeline, turns },
    { traceId: "t", durationNano: 964e6 },
    { padMs: pad, subtree: new Set(["s"]), blame, own },
  );
  expect(one.turns[0]?.frame).toBe("/a+b/");
});

test("the turn of a holder leads to that moment of its own trace", () => {
  expect(turnOf(view, "x")?.start).toBe(52e6);
  // What ran before the span began did not hold it.
  expect(turnOf(view, "y")).toBeUndefined();
  expect(turnSearch(view, turnOf(view, "x"))).toEqual({
    turnFrom: 1_700_000_000_000 + pad + 52,
    turnTo: 1_700_000_000_000 + pad + 255,
  });
  expect(turnSearch(view, undefined)).toEqual({});
});

test("what had answered, and when the span ran again, is said once for touching pieces", () => {
  expect(view.says.map((one) => [one.kind, one.start / 1e6, one.end / 1e6])).toEqual([
    ["held", 64, 263],
    ["turn", 263, 909],
  ]);
  expect(plain(heldNote(view) ?? "")).toBe(
    "GET cart-store had answered at 64.0 ms. The span ran again at 263.0 ms.",
  );
  expect(summary(view)).toContain("POST /export from 52.0 to 255.0");
});

test("children that overlap stand under each other", () => {
  expect(view.kids.map((kid) => [kid.name, kid.lane, kid.answered === undefined])).toEqual([
    ["redis GET", 0, true],
    ["GET cart-store", 1, false],
    ["late", 0, true],
  ]);
  const many = timelineView(
    {
      ...timeline,
      children: Array.from({ length: 9 }, (_, i) => ({
        spanId: `k${i}`,
        name: "x",
        ...at(0, 900),
        answered: null,
      })),
    },
    { traceId: "t", durationNano: 964e6 },
    { padMs: pad, subtree: new Set(["s"]), blame, own },
  );
  expect([many.lanes, many.hiddenKids]).toEqual([4, 5]);
});

test("without turns and without blame nothing is claimed", () => {
  const bare = timelineView(
    { ...timeline, turns: [], span: [] },
    { traceId: "t", durationNano: 964e6 },
    { padMs: pad, subtree: new Set(["s"]), blame: [], own },
  );
  expect(bare.says).toEqual([]);
  expect(heldNote(bare)).toBeUndefined();
  expect(summary(bare)).toBe("No turn of the loop was recorded around this span.");
});

describe("finding a turn", () => {
  test("by a time inside it, none between two", () => {
    expect(turnAt(view.turns, 100e6)).toBe(2);
    expect(turnAt(view.turns, 0)).toBe(1);
    expect(turnAt(view.turns, 30e6)).toBe(-1);
    expect(turnAt(view.turns, -49e6)).toBe(-1);
    expect(turnAt([], 0)).toBe(-1);
  });
});

test("a subtree ends where parents make a circle", () => {
  const span = (spanId: string, parentSpanId: string | null) => ({ spanId, parentSpanId });
  const all = [span("a", "c"), span("b", "a"), span("c", "b"), span("d", null), span("e", "d")];
  expect([...subtreeOf(all, "a")].sort()).toEqual(["a", "b", "c"]);
  expect([...subtreeOf(all, "e")]).toEqual(["e"]);
});
