import { describe, expect, it } from "vitest";
import { accuracyOf, pairsOf } from "./testing/accuracy.ts";
import { corpusNames, readCorpus } from "./testing/corpus.ts";

const ENOUGH = 1000;

describe("on recorded spans of known truth", () => {
  const pairs = corpusNames().flatMap((name) => pairsOf(readCorpus(name)));
  const accuracy = accuracyOf(pairs);
  const report = JSON.stringify(accuracy);

  it("classes are within 3 points in at least 95 %, within 1 point in at least 60 %", () => {
    expect(pairs.length).toBeGreaterThan(0);
    expect(accuracy.within3, report).toBeGreaterThanOrEqual(0.95);
    expect(accuracy.within1, report).toBeGreaterThanOrEqual(0.6);
  });

  it.skipIf(pairs.length < ENOUGH)("the 95 % interval covers the truth in 93 to 98 %", () => {
    expect(accuracy.covered, report).toBeGreaterThanOrEqual(0.93);
    expect(accuracy.covered, report).toBeLessThanOrEqual(0.98);
  });
});
