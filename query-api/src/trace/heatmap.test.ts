import fc from "fast-check";
import { expect, test } from "vitest";
import { durationGrid, type LevelCount, LEVELS_PER_OCTAVE } from "./heatmap.ts";

/** What the server counts of these durations, all of one column. */
function levelsOf(durations: readonly number[]): LevelCount[] {
  const by = Map.groupBy(durations, (duration) =>
    Math.floor(Math.log2(Math.max(1, duration)) * LEVELS_PER_OCTAVE),
  );
  return [...by].map(([level, list]) => ({
    column: 0,
    level,
    count: list.length,
    errors: 0,
    low: Math.min(...list),
    high: Math.max(...list),
  }));
}

const duration = fc.oneof(
  fc.nat(200),
  fc.nat(1e9),
  fc.nat(1e15),
  // Right at a bound, and next to it.
  fc
    .tuple(fc.nat(50 * LEVELS_PER_OCTAVE), fc.integer({ min: -1, max: 1 }))
    .map(([level, more]) => Math.max(0, Math.ceil(2 ** (level / LEVELS_PER_OCTAVE)) + more)),
);

test("edges ascend in whole ns, and each cell counts what lies between its own", () => {
  fc.assert(
    fc.property(
      fc.array(duration, { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 200 }),
      (durations, rows) => {
        const { edges, cells } = durationGrid(levelsOf(durations), rows);
        expect(edges).toHaveLength(rows + 1);
        for (let i = 1; i < edges.length; i++) expect(edges[i]).toBeGreaterThan(edges[i - 1]!);
        expect(edges.every(Number.isInteger)).toBe(true);
        const rowsOf = durations.map((one) => edges.findLastIndex((edge) => edge <= one));
        const expected = [...Map.groupBy(rowsOf, (row) => row)]
          .map(([row, list]) => [0, row, list.length, 0])
          .sort(([, a], [, b]) => a! - b!);
        expect(cells).toEqual(expected);
      },
    ),
    { numRuns: 1000 },
  );
});

test("rows are evenly spaced in the logarithm, and most of them are used", () => {
  const durations = Array.from({ length: 1000 }, (_, i) => Math.round(1e6 * 1.01 ** i));
  const { edges, cells } = durationGrid(levelsOf(durations), 40);
  const ratios = edges.slice(1).map((edge, i) => edge / edges[i]!);
  expect(Math.max(...ratios) / Math.min(...ratios)).toBeLessThan(1.0001);
  expect(cells.length).toBeGreaterThanOrEqual(36);
});

test("durations that hardly differ lie in the middle of an octave or more", () => {
  const { edges, cells } = durationGrid(levelsOf([1e9, 1.001e9]), 40);
  expect(edges.at(-1)! / edges[0]!).toBeGreaterThanOrEqual(2);
  expect(cells.every(([, row]) => row! > 12 && row! < 28)).toBe(true);
});

test("without traces there are axes all the same", () => {
  expect(durationGrid([], 4)).toEqual({ edges: [1e6, 1e7, 1e8, 1e9, 1e10], cells: [] });
});
