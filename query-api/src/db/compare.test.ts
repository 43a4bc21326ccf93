import { expect, test } from "vitest";
import { drawTimes } from "./compare.ts";
import { TEN_MINUTES } from "./ten-minutes.ts";

const DAY = 144n * TEN_MINUTES;
// Neither end at whole ten minutes.
const day = { from: 12_345n * TEN_MINUTES + 7n, to: 12_345n * TEN_MINUTES + DAY + 5n };

test("few samples: chance is told from the whole range", () => {
  expect(drawTimes(day, 0)).toEqual([day]);
  expect(drawTimes(day, 400_000)).toEqual([day]);
  const hour = { from: 0n, to: 6n * TEN_MINUTES };
  expect(drawTimes(hour, 1e9)).toEqual([hour]);
});

test("many: from ten minutes within it that do not overlap, as many as it takes", () => {
  for (const [samples, count] of [
    [5e6, 15],
    [1e12, 8],
  ] as const) {
    const times = drawTimes(day, samples);
    expect(times.length).toBe(count);
    times.forEach(({ from, to }, i) => {
      expect(from).toBeGreaterThanOrEqual(times[i - 1]?.to ?? day.from);
      expect(to).toBeLessThanOrEqual(day.to);
      expect(to - from).toBeLessThanOrEqual(TEN_MINUTES);
      expect(to).toBeGreaterThan(from);
    });
  }
});

test("they are spread over the day, and over the minutes of an hour", () => {
  const times = drawTimes({ from: 0n, to: DAY }, 1e12);
  const starts = times.map(({ from }) => from / TEN_MINUTES);
  expect(new Set(starts.map((at) => at / 36n)).size).toBe(4);
  expect(new Set(starts.map((at) => at % 6n)).size).toBeGreaterThanOrEqual(4);
});
