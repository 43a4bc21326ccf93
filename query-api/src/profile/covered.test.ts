import { expect, test } from "vitest";
import { coveredTime, type Stretch } from "./covered.ts";

const stretch = (from: number, to: number): Stretch => ({ from, to });
const range = stretch(100_000, 200_000);

test("windows of many threads are one stretch where they meet, within the range", () => {
  const windows = [
    stretch(90_000, 110_000),
    stretch(95_000, 105_000),
    // Collected for 30 ms in between.
    stretch(110_030, 120_000),
    stretch(150_000, 160_000),
    stretch(195_000, 205_000),
  ];
  expect(coveredTime(windows, [], 1000, range)).toEqual([
    stretch(100_000, 120_000),
    stretch(150_000, 160_000),
    stretch(195_000, 200_000),
  ]);
});

test("a step with samples of another profiler, which sends no windows, is covered; one beside windows adds nothing", () => {
  const windows = [stretch(100_000, 104_000)];
  expect(coveredTime(windows, [160_000, 100_000, 160_000, 170_000], 10_000, range)).toEqual([
    stretch(100_000, 104_000),
    stretch(160_000, 180_000),
  ]);
  expect(coveredTime([], [95_000, 195_000], 10_000, range)).toEqual([
    stretch(100_000, 105_000),
    stretch(195_000, 200_000),
  ]);
  expect(coveredTime([], [], 10_000, range)).toEqual([]);
});
