import { expect, test } from "vitest";
import { seeded, slopeOf } from "./slope.ts";

/** Memory as it is: a level, neighbours that resemble each other, a spike now and then. */
function series(length: number, slope: number, seed: number): number[] {
  const random = seeded(seed);
  let near = 0;
  return Array.from({ length }, (_, i) => {
    near = 0.5 * near + random() - 0.5;
    return 100 + slope * i + near + (random() < 0.05 ? 20 : 0);
  });
}

test("what does not grow is found not to grow, and what grows to grow, nearly always", () => {
  let still = 0;
  let grown = 0;
  for (let seed = 0; seed < 40; seed++) {
    const flat = slopeOf([series(30, 0, seed), series(30, 0, 1000 + seed)]);
    const leak = slopeOf([series(30, 0.1, seed), series(30, 0.1, 1000 + seed)]);
    if (flat !== undefined && flat.low <= 0) still++;
    if (leak !== undefined && leak.low > 0 && leak.low <= 0.1) grown++;
  }
  // 39 of 40 by the interval's own word.
  expect(still).toBeGreaterThanOrEqual(35);
  expect(grown).toBeGreaterThanOrEqual(35);
});

test("a leap between two processes is no growth", () => {
  const low = series(20, 0, 1);
  const high = series(20, 0, 2).map((value) => value + 500);
  const slope = slopeOf([low, high]);
  expect(Math.abs(slope?.value ?? 1)).toBeLessThan(0.05);
});

test("a few points are no answer", () => expect(slopeOf([[1, 2, 3]])).toBeUndefined());
