import { expect, test } from "vitest";
import { slopeOf } from "./slope.ts";

/** Numbers below 1, the same for the same seed (a linear congruence, high bits). */
function seeded(seed: number): () => number {
  let state = BigInt(seed) + 1n;
  return () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}

/**
 * Memory as it is: a level, neighbours that resemble each other, a spike now and then.
 * @param steps how far it goes up or down at times, to stay there: what an allocator keeps and gives back
 */
function series(length: number, slope: number, seed: number, steps = 0): number[] {
  const random = seeded(seed);
  let near = 0;
  let kept = 0;
  return Array.from({ length }, (_, i) => {
    near = 0.5 * near + random() - 0.5;
    if (random() < 0.15) kept = steps * Math.floor(3 * random());
    return 100 + slope * i + near + kept + (random() < 0.05 ? 20 : 0);
  });
}

test("what does not grow is found not to grow, and what grows to grow, nearly always", () => {
  let still = 0;
  let grown = 0;
  let stepping = 0;
  for (let seed = 0; seed < 100; seed++) {
    const two = (slope: number, steps?: number): ReturnType<typeof slopeOf> =>
      slopeOf([series(24, slope, seed, steps), series(24, slope, 1000 + seed, steps)]);
    if ((two(0)?.low ?? 1) <= 0) still++;
    if ((two(0, 15)?.low ?? 1) <= 0) stepping++;
    if ((two(0.6)?.low ?? 0) > 0) grown++;
  }
  console.log(`of 100: ${JSON.stringify({ still, stepping, grown })}`);
  for (const right of [still, stepping, grown]) expect(right).toBeGreaterThanOrEqual(93);
});

test("a leap between two processes is no growth", () => {
  const low = series(20, 0, 1);
  const high = series(20, 0, 2).map((value) => value + 500);
  const slope = slopeOf([low, high]);
  expect(Math.abs(slope?.value ?? 1)).toBeLessThan(0.05);
});

test("a few points are no answer", () => expect(slopeOf([[1, 2, 3]])).toBeUndefined());
