import fc from "fast-check";
import { expect, test } from "vitest";
import { rootCauseBody, validateRootCause } from "./root-cause.ts";
import { readSide, sideText, sideWords } from "./side.ts";

test("a side is written and read again, whatever it holds", () => {
  const bounds = fc
    .tuple(fc.nat(1e6), fc.nat(1e6))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const);
  const sides = fc
    .record(
      {
        percentile: fc.oneof(
          fc.integer({ min: 0, max: 100 }),
          fc.tuple(fc.nat(49), fc.integer({ min: 50, max: 100 })),
        ),
        ms: bounds,
        version: fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
        time: bounds,
      },
      { requiredKeys: [] },
    )
    .map(({ percentile, ms, version, time }) => ({
      ...(percentile === undefined ? {} : { percentile }),
      ...(ms === undefined ? {} : { minMs: ms[0], maxMs: ms[1] }),
      ...(version === undefined ? {} : { version }),
      ...(time === undefined ? {} : { from: time[0], to: time[1] }),
    }))
    .filter((side) => Object.keys(side).length > 0);
  fc.assert(
    fc.property(sides, (side) => {
      expect(readSide(sideText(side))).toEqual(side);
    }),
  );
});

test("what is not understood is left out", () => {
  for (const bad of ["", "p101", "p50-20", "-ms", "9-3ms", "t:9-3", "i:xyz", "v:", "huh"]) {
    expect(readSide(bad)).toBeUndefined();
  }
  expect(readSide("p95,huh")).toEqual({ percentile: 95 });
  expect(readSide("620-ms")).toEqual({ minMs: 620 });
});

test("a side in words", () => {
  expect(sideWords({ percentile: 95 })).toBe("p95 and slower");
  expect(sideWords({ percentile: [25, 75] })).toBe("p25–p75");
  const at = Date.parse("2026-11-23T14:21:00Z");
  const words = sideWords({ minMs: 620, maxMs: 1400, from: at, to: at + 2_340_000 });
  expect(words.replaceAll(/\s/g, " ")).toBe("620 ms – 1.4 s · 14:21–15:00");
});

test("nothing is asked before it is known what to explain; defaults are not written", () => {
  expect(rootCauseBody(validateRootCause({ service: "checkout" }), 1e6)).toBeUndefined();
  const state = validateRootCause({
    service: "checkout",
    operation: "GET /cart",
    endpoint: "ignored",
    slow: "p95",
    baseline: "v:1.0.0",
    range: "15m",
  });
  expect(state).toEqual({ service: "checkout", operation: "GET /cart", baseline: "v:1.0.0", range: "15m" });
  expect(rootCauseBody(state, 1_000_000)).toEqual({
    service: "checkout",
    operation: "GET /cart",
    from: "100000",
    to: "1000000",
    slow: { percentile: 95 },
    baseline: { version: "1.0.0" },
  });
});
