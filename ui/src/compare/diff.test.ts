import { expect, test } from "vitest";
import type { CompareAnswer } from "../api/types.ts";
import { changeKind, changePlace, diffPalette, diffTree } from "./diff.ts";
import { changeScale, placeOn, sortChanges, tagOf } from "./rows.ts";
import { diffSentence } from "./sentence.ts";
import { changeCell, changeWords, unitOf } from "./units.ts";

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
  expect(changeKind(10, 30, 100)).toBe("more-2");
  expect(changeKind(20, 30, 100)).toBe("more-1");
  expect(changeKind(30, 20, 100)).toBe("less-1");
  expect(changeKind(30, 0, 100)).toBe("less-2");
  expect(changeKind(0, 30, 100)).toBe("new");
  expect(changeKind(30, 31, 100)).toBe("same");
  expect(changeKind(0, 0.3, 100)).toBe("same");
  const diff = diffTree(cart, "GET /cart");
  const colours = ["p-root", "d-more-2", "d-more-2", "d-new", "d-less-2", "d-same", "d-more-2"];
  expect(diffPalette(diff).ofNode).toEqual(colours);
});

test("the sentence says where the change went, and what is called now", () => {
  const place = changePlace(diffTree(cart, "GET /cart"));
  expect(place).toEqual({ node: 2, delta: 81 * ms, added: 3 });
  expect(text(cart)).toBe(
    "GET /cart uses 90 ms more CPU per span in 1.1.0: 81 ms of it under parse, which now calls reviveDate.",
  );
});

test("a change that may be chance is not told as one; one that evens out names both ways", () => {
  const chance = { ...cart, functions: [fn("parse", 1, 2, false)] };
  expect(text(chance)).toBe("No function of GET /cart differs by more than chance.");
  const unknown = { ...cart, functions: [{ ...fn("parse", 1, 2, false), low: null, high: null, p: null }] };
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
  expect(rows.map(tagOf)).toEqual(["new", undefined, "new", "gone"]);
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
