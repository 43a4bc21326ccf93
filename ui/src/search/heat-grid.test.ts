import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countSelected,
  dataRange,
  heatClass,
  heatGrid,
  heatSteps,
  moveRect,
  percentile,
  placeSelection,
  rectBetween,
  rowOf,
  selectionOf,
} from "./heat-grid.ts";

// 4 minutes, durations 10 ms – 100 ms – 1 s – 10 s.
const grid = heatGrid(
  {
    t0UnixNano: "1700000000000000000",
    stepNano: 60e9,
    edgesNano: [10e6, 100e6, 1e9, 10e9],
    cells: [
      [0, 0, 10, 0],
      [1, 1, 5, 2],
      [3, 2, 5, 1],
      [9, 9, 100, 100],
    ],
  },
  4,
);

test("cells outside the grid do not count", () => {
  expect([grid.columns, grid.rows, grid.total, grid.totalErrors, grid.most]).toEqual([4, 10, 20, 3, 10]);
});

test("percentiles lie in the bucket that holds them", () => {
  expect(percentile(grid, 0.25)).toBeCloseTo(10e6 * 10 ** 0.5);
  expect(percentile(grid, 0.5)).toBeCloseTo(100e6);
  expect(percentile(grid, 0.95)).toBeGreaterThan(1e9);
  expect(
    percentile(heatGrid({ t0UnixNano: "0", stepNano: 1e9, edgesNano: [1, 2], cells: [] }, 1), 0.5),
  ).toBeUndefined();
});

test("durations lie on the axis logarithmically", () => {
  expect(rowOf(grid, 100e6)).toBeCloseTo(1);
  expect(rowOf(grid, 10e6 * 10 ** 0.5)).toBeCloseTo(0.5);
  expect(rowOf(grid, 1)).toBe(0);
  expect(rowOf(grid, 1e30)).toBe(grid.rows);
});

test("data has a range of its own, with a column of margin inside the grid", () => {
  const at = (cells: number[][]) =>
    dataRange(heatGrid({ t0UnixNano: "0", stepNano: 60e9, edgesNano: [1, 2], cells }, 10));
  expect(at([])).toBeUndefined();
  expect(at([[4, 0, 1, 0]])).toEqual({ fromMs: 180_000, toMs: 360_000 });
  expect(
    at([
      [0, 0, 1, 0],
      [9, 0, 1, 0],
    ]),
  ).toEqual({ fromMs: 0, toMs: 600_000 });
});

const rects = fc
  .tuple(fc.nat(3), fc.nat(3), fc.nat(2), fc.nat(2))
  .map(([t, u, d, e]) => rectBetween(grid, { t, d }, { t: u, d: e }));

describe("a selection", () => {
  test("covers exactly the cells it was drawn over", () => {
    fc.assert(
      fc.property(rects, (rect) => {
        const place = placeSelection(grid, selectionOf(grid, rect));
        expect(place?.left).toBeCloseTo(rect.left);
        expect(place?.right).toBeCloseTo(rect.right + 1);
        expect(place?.bottom).toBeCloseTo(rect.bottom, 1);
        expect(place?.top).toBeCloseTo(rect.top + 1, 1);
      }),
    );
  });
  test("counts the traces in its cells", () => {
    fc.assert(
      fc.property(rects, (rect) => {
        let sum = 0;
        for (const [t, d, n] of [
          [0, 0, 10],
          [1, 1, 5],
          [3, 2, 5],
        ] as const) {
          if (t >= rect.left && t <= rect.right && d >= rect.bottom && d <= rect.top) sum += n;
        }
        expect(countSelected(grid, selectionOf(grid, rect))).toBe(sum);
      }),
    );
  });
  test("is open towards an edge of the axis it touches", () => {
    const all = selectionOf(grid, { left: 0, right: 3, bottom: 0, top: grid.rows - 1 });
    expect(all).toEqual({
      fromMs: 1_700_000_000_000,
      toMs: 1_700_000_240_000,
      minMs: undefined,
      maxMs: undefined,
    });
  });
  test("outside the range in view is not drawn", () => {
    expect(placeSelection(grid, { fromMs: 0, toMs: 5 })).toBeUndefined();
  });
});

test("arrows move a rectangle and never off the grid; Shift resizes it", () => {
  const arrows = fc.constantFrom(
    "ArrowLeft" as const,
    "ArrowRight" as const,
    "ArrowUp" as const,
    "ArrowDown" as const,
  );
  fc.assert(
    fc.property(rects, fc.array(fc.tuple(arrows, fc.boolean()), { maxLength: 30 }), (start, moves) => {
      let rect = start;
      for (const [arrow, resize] of moves) {
        const next = moveRect(grid, rect, arrow, resize);
        if (!resize) expect(next.right - next.left).toBe(rect.right - rect.left);
        expect(next.left >= 0 && next.right < grid.columns && next.left <= next.right).toBe(true);
        expect(next.bottom >= 0 && next.top < grid.rows && next.bottom <= next.top).toBe(true);
        rect = next;
      }
    }),
  );
});

test("the scale has five rising classes that begin at one trace", () => {
  fc.assert(
    fc.property(fc.nat(1e9), (most) => {
      const steps = heatSteps(most);
      expect(steps).toHaveLength(5);
      expect(steps[0]).toBe(1);
      steps.forEach((step, i) => expect(i === 0 || step > (steps[i - 1] as number)).toBe(true));
      if (most > 5) expect(heatClass(steps, most)).toBe(4);
    }),
  );
});
