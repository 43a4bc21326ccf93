import { expect, test } from "vitest";
import { drawTimes } from "./compare.ts";
import { TEN_MINUTES } from "./ten-minutes.ts";

const DAY = 144n * TEN_MINUTES;
// Neither end at whole ten minutes.
const day = { from: 12_345n * TEN_MINUTES + 7n, to: 12_345n * TEN_MINUTES + DAY + 5n };

test("few samples: chance is told from the whole range", () => {
  expect(drawTimes(day, 0)).toEqual([day]);
  expect(drawTimes(day, 400_000)).toEqual([day]);
  const short = { from: 1n, to: 5n * TEN_MINUTES };
  expect(drawTimes(short, 1e9)).toEqual([short]);
  const shortest = { from: 1n, to: 2n };
  expect(drawTimes(shortest, 0)).toEqual([shortest]);
});

test("many: from ten minutes within it that do not overlap, as many as it takes", () => {
  for (const [samples, count] of [
    [5e6, 15],
    [1e12, 4],
  ] as const) {
    const times = drawTimes(day, samples);
    expect(times.length).toBe(count);
    times.forEach(({ from, to }, i) => {
      expect(from).toBeGreaterThanOrEqual(times[i - 1]?.to ?? day.from);
      expect(to).toBeLessThanOrEqual(day.to);
      expect(to - from).toBe(TEN_MINUTES);
    });
  }
});

test("they are spread over the day, and over the minutes of an hour", () => {
  const times = drawTimes({ from: 0n, to: DAY }, 1e12);
  const starts = times.map(({ from }) => from / TEN_MINUTES);
  expect(new Set(starts.map((at) => at / 48n)).size).toBe(3);
  expect(new Set(starts.map((at) => at % 6n)).size).toBeGreaterThanOrEqual(3);
});
