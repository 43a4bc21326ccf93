import { expect, test } from "vitest";
import { intervalOf, quantile, resample, weigh } from "./bootstrap.ts";
import { Random } from "./random.ts";
import { simulate } from "./testing/simulate.ts";

test("95 % intervals cover a known difference of skewed times in 91 to 97 % of draws", () => {
  for (const rows of [25, 100]) {
    let covered = 0;
    const runs = 250;
    const samples = resample(rows, 2 * rows, 400, new Random(9));
    for (let run = 0; run < runs; run++) {
      const spans = simulate({ seed: 50_000 + run, spans: 2 * rows, functions: 3, spread: 0.8 });
      const values = Float64Array.from(
        spans,
        (span, row) => (span.classes["wait.child"] ?? 0) + (row < rows ? 50e6 : 0),
      );
      const { low, high } = intervalOf(values, samples);
      if (low <= 50e6 && high >= 50e6) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.91);
    expect(covered / runs).toBeLessThan(0.97);
  }
});

test("with weights the interval is that of the ratio", () => {
  const random = new Random(1);
  const weights = Float64Array.from({ length: 60 }, () => 1 + random.below(9));
  const values = weights.map((weight, row) => weight * (row < 30 ? 5 : 3));
  const samples = resample(30, 60, 200, random);
  const { low, high } = intervalOf(values, samples, weigh(samples, weights));
  expect(low).toBeCloseTo(2, 9);
  expect(high).toBeCloseTo(2, 9);
});

test("quantiles lie linearly between the values", () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([7], 0.95)).toBe(7);
});
