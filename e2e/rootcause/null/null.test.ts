import { expect, it } from "vitest";
import { readCorpora } from "./corpus.ts";
import { rateOf, resample, upperBound } from "./resample.ts";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";

it("the exact upper bound is that of the tables", () => {
  // 0 of n: 1 − 0.05^(1/n); 5 of 100: Clopper and Pearson's 10.2 %.
  expect(upperBound(0, 100)).toBeCloseTo(1 - 0.05 ** 0.01, 6);
  expect(upperBound(5, 100)).toBeCloseTo(0.1023, 3);
});

it(
  "with nothing planted, at most 5 % of random splits of recorded spans show a contribution, and surely fewer than 8 %",
  () => {
    const endpoints = readCorpora();
    expect(endpoints.length).toBeGreaterThan(10);
    const rate = rateOf(resample(endpoints, nightly ? 100 : 6, nightly ? 2 : 1));
    if (nightly) {
      expect(rate.splits).toBeGreaterThanOrEqual(1000);
      expect(rate.share, JSON.stringify(rate)).toBeLessThanOrEqual(0.05);
    }
    expect(rate.upper, JSON.stringify(rate)).toBeLessThanOrEqual(nightly ? 0.08 : 0.12);
  },
  nightly ? 900_000 : 120_000,
);
