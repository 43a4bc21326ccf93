import fc from "fast-check";
import { expect, test } from "vitest";
import { durationEdges } from "./heatmap.ts";

test("edges ascend in whole ns and hold every duration", () => {
  fc.assert(
    fc.property(fc.nat(1e12), fc.nat(1e12), fc.integer({ min: 1, max: 200 }), (min, more, rows) => {
      const edges = durationEdges({ min, max: min + more }, rows);
      expect(edges).toHaveLength(rows + 1);
      for (let i = 1; i < edges.length; i++) expect(edges[i]).toBeGreaterThan(edges[i - 1]!);
      expect(edges.every(Number.isInteger)).toBe(true);
      expect(edges[0]).toBeLessThanOrEqual(min);
      expect(edges[rows]).toBeGreaterThan(min + more);
    }),
  );
});

test("without traces there are axes all the same", () => {
  expect(durationEdges(undefined, 4)).toEqual([1e6, 1e7, 1e8, 1e9, 1e10]);
});
