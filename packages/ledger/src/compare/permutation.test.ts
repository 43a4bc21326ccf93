import fc from "fast-check";
import { expect, test } from "vitest";
import { type Arrangements, arrange, difference, isSignificant, testFamily } from "./permutation.ts";
import { Random } from "./random.ts";

function draws(seed: number, length: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length }, () => random.uniform() ** 3);
}

function rowsOf({ masks, count, rows }: Arrangements, p: number): number[] {
  return Array.from({ length: rows }, (_, row) => row).filter(
    (row) => (masks[Math.floor(row / 6) * count + p]! >> (row % 6)) & 1,
  );
}

test("every arrangement draws as many rows as the smaller side has", () => {
  for (const [first, rows] of [
    [20, 57],
    [37, 57],
    [40, 80],
  ] as const) {
    const all = arrange(first, rows, 50, new Random(1));
    for (let p = 0; p < 50; p++) expect(rowsOf(all, p)).toHaveLength(Math.min(first, rows - first));
  }
});

test("single columns get the p that counting by hand gives", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 }), fc.nat(), (a, b, seed) => {
      const rows = a + b;
      const values = draws(seed, rows);
      const all = arrange(a, rows, 40, new Random(seed, 1));
      const seen = Math.abs(difference(values, a));
      let count = 1;
      for (let p = 0; p < 40; p++) {
        const drawn = new Set(rowsOf(all, p));
        const order = [
          ...values.filter((_, row) => drawn.has(row)),
          ...values.filter((_, row) => !drawn.has(row)),
        ];
        if (Math.abs(difference(Float64Array.from(order), all.drawn)) >= seen * (1 - 1e-9)) count++;
      }
      expect(testFamily([values], a, all).p[0]).toBeCloseTo(count / 41, 12);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("swapping the sides turns the sign of t and nothing else", () => {
  const values = draws(5, 60);
  const swapped = Float64Array.from([...values.subarray(25), ...values.subarray(0, 25)]);
  expect(difference(swapped, 35)).toBeCloseTo(-difference(values, 25), 12);
});

test("scale does not matter", () => {
  const values = draws(6, 60);
  expect(
    difference(
      values.map((value) => value * 1e9),
      30,
    ),
  ).toBeCloseTo(difference(values, 30), 9);
});

test("more columns never make a column's p smaller, and the larger |t| never has the larger p", () => {
  const all = arrange(30, 60, 199, new Random(2));
  const columns = Array.from({ length: 30 }, (_, i) => draws(100 + i, 60));
  const alone = testFamily(columns.slice(0, 1), 30, all);
  const together = testFamily(columns, 30, all);
  expect(together.p[0]).toBeGreaterThanOrEqual(alone.p[0]!);
  const order = [...together.t.keys()].sort((a, b) => Math.abs(together.t[a]!) - Math.abs(together.t[b]!));
  for (let i = 1; i < order.length; i++)
    expect(together.p[order[i]!]).toBeLessThanOrEqual(together.p[order[i - 1]!]!);
});

test("a steady small difference is found beside a wide one that is chance", () => {
  const steady = draws(7, 200).map((value, row) => 5 + 0.1 * value + (row < 100 ? 1 : 0));
  const noise = draws(8, 200).map((value, row, all) => 1000 * (row < 100 ? value : all[row - 100]!));
  const { p } = testFamily([noise, steady], 100, arrange(100, 200, 999, new Random(3)));
  expect(p[1]).toBe(0.001);
  expect(p[0]).toBeGreaterThan(0.05);
});

test("columns without variance: equal sides are chance, unequal ones are not", () => {
  const constant = new Float64Array(60).fill(1e9 / 3);
  const apart = Float64Array.from({ length: 60 }, (_, row) => (row < 30 ? 7 : 3));
  const zero = new Float64Array(60);
  const { t, p } = testFamily([constant, apart, zero], 30, arrange(30, 60, 999, new Random(4)));
  expect(Math.abs(t[0]!)).toBeLessThan(0.01);
  expect(p[0]).toBeGreaterThan(0.05);
  expect(p[1]).toBe(0.001);
  expect(p[2]).toBe(1);
});

test("a small side that happens to lack a rare event is no proof", () => {
  // 5 % of 400 spans have it, none of the 20.
  const rare = Float64Array.from({ length: 420 }, (_, row) => (row >= 20 && row % 20 === 0 ? 100 : 0));
  expect(Math.abs(difference(rare, 20))).toBeLessThan(2);
  const { p } = testFamily([rare], 20, arrange(20, 420, 999, new Random(5)));
  expect(p[0]).toBeGreaterThan(0.2);
});

test("significance leaves room for the error of the shuffling", () => {
  expect(isSignificant(0.036, 999)).toBe(true);
  expect(isSignificant(0.045, 999)).toBe(false);
  expect(isSignificant(0.045, 99_999)).toBe(true);
});
