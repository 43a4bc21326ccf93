import { expect, test } from "vitest";
import { StuckDetector } from "./stuck.ts";

const PERIOD_MICROS = 10_000;

type Lived = readonly [verdict: number, activeMillis: number, cpuMillis?: number];

function after(...windows: readonly Lived[]): boolean[] {
  let active = 0;
  let cpu = 0;
  const detector = new StuckDetector(() => ({ active, cpu }));
  return windows.map(([verdict, activeMillis, cpuMillis = activeMillis]) => {
    active += activeMillis;
    cpu += cpuMillis;
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

test("nor is a loop that waits for a processor, or work outside its turns", () => {
  expect(after([2, 900, 20], [2, 900, 20])).not.toContain(true);
  expect(after([2, 20, 900], [2, 20, 900])).not.toContain(true);
});
