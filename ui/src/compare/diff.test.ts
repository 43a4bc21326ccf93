import { expect, test } from "vitest";
import type { CompareAnswer } from "../api/types.ts";
import { changeKind, changePlace, diffPalette, diffTree, presenceOf } from "./diff.ts";
import { changeScale, placeOn, sortChanges, tagOf } from "./rows.ts";
import { diffSentence } from "./sentence.ts";
import { changeCell, changeWords, isNothing, unitOf } from "./units.ts";

const ms = 1e6;
type Function = CompareAnswer["functions"][number];
const fn = (name: string, base: number, other: number, significant = true): Function => ({
  function: name,
  package: "shop",
  file: null,
  kind: "app",
  base: base * ms,
  other: other * ms,
  delta: (other - base) * ms,
  low: (other - base - 1) * ms,
  high: (other - base + 1) * ms,
  p: significant ? 0.001 : 0.5,
  significant,
  tested: true,
});

/** Rows of `depth name base other`, self in ms. */
function answerOf(rows: readonly (readonly [depth: number, name: string, base: number, other: number])[]) {
  const above: number[] = [];
  const parent = rows.map(([depth], at) => {
    above[depth] = at;
    return depth === 0 ? -1 : (above[depth - 1] as number);
  });
  const totals = (self: readonly number[]): number[] => {
    const sums = [...self];
    for (let at = sums.length - 1; at > 0; at--)
      sums[parent[at] as number] = (sums[parent[at] as number] as number) + (sums[at] as number);
    return sums;
  };
  const [baseSelf, otherSelf] = [
    rows.map(([, , base]) => base * ms),
    rows.map(([, , , other]) => other * ms),
  ];
  const side = { total: 1, samples: 100, spans: 10 };
  return {
    base: side,
    other: side,
    unit: "nanoseconds_per_span",
    frames: rows.map(([, name]) => ({
      function: name,
      file: null,
      line: null,
      package: "shop",
      kind: "app" as const,
    })),
    nodes: {
      frame: rows.map((_, at) => at),
      parent,
      baseSelf,
      otherSelf,
      baseTotal: totals(baseSelf),
      otherTotal: totals(otherSelf),
    },
    functions: rows.map(([, name, base, other]) => fn(name, base, other)),
  } satisfies CompareAnswer;
}

const cart = answerOf([
  [0, "(root)", 0, 0],
  [1, "getCart", 1, 1],
  [2, "parse", 8, 38],
  [3, "reviveDate", 0, 53],
  [3, "mapDates", 2, 0],
  [2, "fetch", 5, 5],
  [1, "gc", 2, 11],
]);
const unit = unitOf("nanoseconds_per_span");
const words = { whose: "GET /cart", where: "in 1.1.0", type: "cpu" } as const;
const text = (answer: CompareAnswer, of = unit, named: Parameters<typeof diffSentence>[3] = words): string =>
  diffSentence(answer, diffTree(answer, "GET /cart"), of, named)
    .map((part) => (typeof part === "string" ? part : part.strong))
    .join("");

test("the drawing is as wide as the other side and keeps what is gone", () => {
  const { tree, base } = diffTree(cart, "GET /cart");
  expect(tree.total[0]).toBe(108 * ms);
  expect(base.total[0]).toBe(18 * ms);
  expect(tree.total[4]).toBe(0);
  expect(tree.profile.frames.at(-1)?.function).toBe("GET /cart");
});

test("a frame's colour is its change: much, some, none, new; small parts of the whole are none", () => {
  expect(changeKind(10, 30, 100, false)).toBe("more-2");
  expect(changeKind(20, 30, 100, false)).toBe("more-1");
  expect(changeKind(30, 20, 100, false)).toBe("less-1");
  expect(changeKind(30, 0, 100, false)).toBe("less-2");
  expect(changeKind(0, 30, 100, true)).toBe("new");
  expect(changeKind(0, 30, 100, false)).toBe("more-2");
  expect(changeKind(30, 31, 100, false)).toBe("same");
  expect(changeKind(0, 0.3, 100, true)).toBe("same");
  const diff = diffTree(cart, "GET /cart");
  const colours = ["p-root", "d-more-2", "d-more-2", "d-new", "d-less-2", "d-same", "d-more-2"];
  expect(diffPalette(diff).ofNode).toEqual(colours);
});

test("the sentence says where the change went, and what is called now", () => {
  const place = changePlace(diffTree(cart, "GET /cart"));
  expect(place).toEqual({ node: 2, delta: 81 * ms, added: 3 });
  expect(text(cart)).toBe(
    "GET /cart uses 90 ms more CPU per span in 1.1.0: 81 ms of it in parse, which now calls reviveDate.",
  );
});

test("what the base merely has no sample of is not new: it takes enough of them, and a change beyond chance", () => {
  const kinds = (answer: CompareAnswer): unknown => {
    const diff = diffTree(answer, "GET /cart");
    return [presenceOf(diff, 3), diffPalette(diff).ofNode?.[3], tagOf(answer.functions[3] as Function, diff)];
  };
  expect(kinds(cart)).toEqual(["new", "d-new", "new"]);
  // At its rate on the other side the base would have had 53 of 18 ms' 3 samples: nine.
  expect(kinds({ ...cart, base: { ...cart.base, samples: 3 } })).toEqual(["unseen", "d-more-2", undefined]);
  const chance = cart.functions.with(3, fn("reviveDate", 0, 53, false));
  expect(kinds({ ...cart, functions: chance })).toEqual(["unseen", "d-more-2", undefined]);
  expect(text({ ...cart, functions: chance })).toBe(
    "GET /cart uses 90 ms more CPU per span in 1.1.0: 81 ms of it in parse.",
  );
});

test("a function called from elsewhere is not new, and no part of the change", () => {
  const moved = answerOf([
    [0, "(root)", 0, 0],
    [1, "old", 1, 0],
    [2, "work", 50, 0],
    [1, "wrapped", 0, 1],
    [2, "work", 0, 50],
    [3, "applyTax", 5, 40],
  ]);
  const functions = [fn("work", 50, 50, false), fn("wrapped", 0, 1, false), fn("applyTax", 5, 40)];
  const answer = { ...moved, functions };
  const diff = diffTree(answer, "tax");
  expect([4, 5].map((node) => presenceOf(diff, node))).toEqual(["both", "both"]);
  expect(diffPalette(diff).ofNode?.slice(3)).toEqual(["d-more-2", "d-more-2", "d-more-2"]);
  expect(text(answer, unit, { ...words, whose: "tax" })).toBe(
    "tax uses 35 ms more CPU per span in 1.1.0: 35 ms of it in applyTax.",
  );
});

test("a sentence ends on code that somebody wrote, above or below what Node.js and V8 do", () => {
  const kinds = (answer: ReturnType<typeof answerOf>, v8: readonly number[]) => ({
    ...answer,
    frames: answer.frames.map((frame, at) => (v8.includes(at) ? { ...frame, kind: "v8" as const } : frame)),
    functions: answer.functions.map((row, at) => (v8.includes(at) ? { ...row, kind: "v8" as const } : row)),
  });
  const below = answerOf([
    [0, "(root)", 0, 0],
    [1, "runMicrotasks", 0, 1],
    [2, "applyTax", 5, 40],
  ]);
  expect(text(kinds(below, [1]))).toContain(": 35 ms of it in applyTax.");
  const above = answerOf([
    [0, "(root)", 0, 0],
    [1, "reviveDate", 1, 1],
    [2, String.raw`RegExp: (?:\w+ )+`, 5, 40],
    [1, "b", 40, 5],
  ]);
  expect(text(kinds(above, [2]))).toContain(
    ": a regular expression in reviveDate takes 35 ms more, b 35 ms less.",
  );
  const more = answerOf([
    [0, "(root)", 0, 0],
    [1, "reviveDate", 1, 1],
    [2, "JSON.parse", 5, 40],
  ]);
  expect(text(kinds(more, [2]))).toContain(": 35 ms of it in reviveDate.");
});

test("frames that are nothing on either side are left out, with what they would have told kept", () => {
  const answer = answerOf([
    [0, "(root)", 0, 0],
    [1, "a", 0.01, 0.01],
    [2, "b", 0.01, 0.01],
    [1, "c", 1, 9],
    [2, "a", 0, 9],
  ]);
  const diff = diffTree(answer, "GET /cart", (value) => isNothing(unit, value));
  expect(Array.from(diff.tree.frame, (frame) => diff.tree.profile.frames[frame]?.function)).toEqual([
    "GET /cart",
    "c",
    "a",
  ]);
  expect(diff.base.total).toEqual([1.02, 1, 0].map((value) => value * ms));
  expect(presenceOf(diff, 2)).toBe("both");
});

test("a change that may be chance is not told as one; one that evens out names both ways", () => {
  const chance = { ...cart, functions: [fn("parse", 1, 2, false)] };
  expect(text(chance)).toBe("No function of GET /cart differs by more than chance.");
  const unknown = { ...cart, functions: [{ ...fn("parse", 1, 2, false), p: 1, tested: false }] };
  expect(text(unknown)).toBe("Too few samples to tell a change of GET /cart from chance.");
  const even = answerOf([
    [0, "(root)", 0, 0],
    [1, "a", 10, 30],
    [1, "b", 30, 10],
  ]);
  expect(text(even)).toBe("GET /cart uses as much CPU per span in 1.1.0: a takes 20 ms more, b 20 ms less.");
  const spread = answerOf([
    [0, "(root)", 0, 0],
    [1, "a", 10, 20],
    [1, "b", 10, 20],
  ]);
  expect(text(spread)).toBe("GET /cart uses 20 ms more CPU per span in 1.1.0, spread over many functions.");
  const shares = { ...even, unit: "share", functions: [fn("a", 0.25 / ms, 0.5 / ms)] };
  expect(text(shares, unitOf("share"))).toBe("Of GET /cart, in 1.1.0: a takes 25.0 points more.");
});

test("rows stand by certainty and size, on one scale with their intervals", () => {
  const rows = [fn("a", 0, 3), fn("b", 9, 2), fn("c", 0, 20, false), fn("d", 4, 0)];
  expect(sortChanges(rows, "change").map((row) => row.function)).toEqual(["b", "d", "a", "c"]);
  expect(sortChanges(rows, "other").map((row) => row.function)).toEqual(["c", "a", "b", "d"]);
  expect(sortChanges(rows, "base").map((row) => row.function)).toEqual(["b", "d", "a", "c"]);
  const sides = { added: new Set(["shop/a "]), gone: new Set(["shop/d "]) };
  expect(rows.map((row) => tagOf(row, sides))).toEqual(["new", undefined, undefined, "gone"]);
  const scale = changeScale(rows);
  for (const row of rows)
    for (const value of [row.low, row.delta, row.high, 0]) {
      expect(placeOn(scale, value ?? 0)).toBeGreaterThanOrEqual(0);
      expect(placeOn(scale, value ?? 0)).toBeLessThanOrEqual(1);
    }
  expect(changeScale([])).toEqual({ low: 0, high: 1, ticks: [0] });
});

test("values are said in the unit asked for", () => {
  expect([unit.head, unit.cell(53e6), changeCell(unit, -2.4e6), changeWords(unit, 53e6)]).toEqual([
    "ms per span",
    "53.0",
    "−2.4",
    "+53.0 ms",
  ]);
  expect(changeCell(unit, 10)).toBe("0.0");
  expect(unitOf("nanoseconds_per_second").per).toBe("per second");
  const heap = unitOf("bytes_per_second");
  expect([heap.head, heap.cell(2048), changeWords(heap, -3 * 1024 * 1024)]).toEqual([
    "KiB per second",
    "2.0",
    "−3.0 MiB",
  ]);
  const share = unitOf("share");
  expect([share.per, share.cell(0.125), changeWords(share, 0.125)]).toEqual(["", "12.5", "+12.5 %"]);
});
