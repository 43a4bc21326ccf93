import { expect, test } from "vitest";
import { StuckDetector } from "./stuck.ts";

const PERIOD_MICROS = 10_000;

function after(...windows: readonly (readonly [verdict: number, workedMillis: number])[]): boolean[] {
  let active = 0;
  const detector = new StuckDetector(() => active);
  return windows.map(([verdict, worked]) => {
    active += worked;
    return detector.window(verdict, PERIOD_MICROS);
  });
}
const asleep = (count: number) => Array.from({ length: count }, () => [2, 1] as const);

test("windows the loop slept through are no sign of anything", () => {
  expect(after(...asleep(150), [0, 500], ...asleep(150))).not.toContain(true);
});

test("a loop at work for twenty periods without a hit is one, also over several windows, and once", () => {
  expect(after([2, 500], [2, 1])).toEqual([true, false]);
  expect(after([2, 90], [2, 90], [2, 30])).toEqual([false, false, true]);
  expect(after([2, 190], [1, 90], [2, 30])).toEqual([false, false, false]);
});
