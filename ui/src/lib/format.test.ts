import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ago,
  attributeText,
  bytes,
  clockMillis,
  counted,
  duration,
  durationRough,
  durationShort,
  ms,
  percent,
  rangeWords,
} from "./format.ts";
import { linearTicks, logTicks, timeTicks } from "./scale.ts";
import { nanoSince, toUnixMs } from "./time.ts";

const at = Date.parse("2026-11-23T14:41:07.312Z");

test("durations in sentences are whole milliseconds, very long and very short ones in their unit", () => {
  expect([0, 999, 6_400, 981_600_000, 9_999e6, 12_340e6, 600e9].map(duration)).toEqual([
    "0 ms",
    "999 ns",
    "6 µs",
    "982 ms",
    "9,999 ms",
    "12.3 s",
    "10.0 min",
  ]);
});

test("columns have one decimal, axes are short", () => {
  expect(ms(1_363_600_000)).toBe("1,363.6");
  expect([30e6, 1.4e9, 3e9, 90e9, 250e3].map(durationShort)).toEqual([
    "30 ms",
    "1.4 s",
    "3 s",
    "1.5 min",
    "250 µs",
  ]);
});

test("what was estimated has two significant digits", () => {
  const plain = (nano: number): string => durationRough(nano).replace(/\s/, " ");
  expect([9.65e6, 251.4e6, 1.437e9, 12e6, 100e9].map(plain)).toEqual([
    "9.7 ms",
    "250 ms",
    "1.4 s",
    "12 ms",
    "1.7 min",
  ]);
});

test("counts, shares and sizes", () => {
  expect([counted(1, "span"), counted(21_400, "span"), counted(2, "entry", "entries")]).toEqual([
    "1 span",
    "21,400 spans",
    "2 entries",
  ]);
  expect([percent(0.6213), percent(0.6213, 0), percent(Number.NaN)]).toEqual(["62.1 %", "62 %", "–"]);
  expect([bytes(512), bytes(1_572_864)]).toEqual(["512 B", "1.5 MiB"]);
});

test("times are UTC and say the day where it changes", () => {
  expect(clockMillis(at)).toBe("14:41:07.312");
  expect(rangeWords(at - 2_467_312, at + 1_132_688)).toBe("23 Nov 2026, 14:00 – 15:00 UTC");
  expect(rangeWords(at - 86_400_000, at)).toBe("22 Nov, 14:41 – 23 Nov 2026, 14:41 UTC");
  expect([0, 6_000, 240_000, 7_200_000, 300_000_000].map((before) => ago(at - before, at))).toEqual([
    "just now",
    "6 s ago",
    "4 min ago",
    "2 h ago",
    "3 days ago",
  ]);
});

test("attributes of any kind are one line", () => {
  expect(["a", 5, 48_120, true, null, ["x", 1], { a: 1 }].map(attributeText)).toEqual([
    "a",
    "5",
    "48,120",
    "true",
    "–",
    "x, 1",
    '{"a":1}',
  ]);
});

test("distances between instants are exact beyond what a double holds", () => {
  expect(nanoSince("1795444867312000001", "1795444867322000004")).toBe(10_000_003);
  expect(nanoSince("10", "4")).toBe(-6);
  expect(toUnixMs("1795444867312999999")).toBe(1_795_444_867_312);
});

test("axis marks rise, stay inside and are few", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      fc.integer({ min: 2, max: 12 }),
      (from, span, about) => {
        const ticks = linearTicks(from, from + span, about);
        expect(ticks.length).toBeLessThanOrEqual(about + 1);
        ticks.forEach((tick, i) => {
          expect(i === 0 || tick > (ticks[i - 1] as number)).toBe(true);
          expect(tick).toBeGreaterThanOrEqual(from - span * 1e-6);
          expect(tick).toBeLessThanOrEqual(from + span * (1 + 1e-6));
        });
      },
    ),
  );
  expect(timeTicks(at - 2_467_312, at + 1_132_688, 7)).toHaveLength(7);
  expect(logTicks(20e6, 3e9)).toEqual([30e6, 100e6, 300e6, 1e9, 3e9]);
});
