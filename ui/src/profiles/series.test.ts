import { describe, expect, test } from "vitest";
import type { SeriesAnswer } from "../api/types.ts";
import {
  axisWords,
  coveredMs,
  dataTimes,
  firstSpan,
  levels,
  overTimeWords,
  partWords,
  placeTimes,
  rateOf,
  rateWords,
  seriesGrid,
  spanTimes,
  sumBetween,
  versionsOf,
} from "./series.ts";

const second = 1e9;
/** Steps of a minute. */
const answer = (
  lines: Readonly<Record<string, readonly (readonly [minute: number, sum: number])[]>>,
  covered: SeriesAnswer["covered"] = [[0, 100 * 60_000]],
) =>
  ({
    stepNano: 60 * second,
    covered,
    unit: "nanoseconds",
    truncated: false,
    series: Object.entries(lines).map(([version, points]) => ({
      key: { version },
      points: points.map(([minute, sum]) => [minute * 60_000, sum]),
    })),
  }) as SeriesAnswer;

const grid = seriesGrid(
  answer(
    {
      "1.0.0": [
        [10, 30 * second],
        [11, 60 * second],
      ],
      "1.1.0": [
        [12, 120 * second],
        [13, 15 * second],
      ],
      // Outside the range: of a step that is not asked for.
      "": [
        [9, 7],
        [99, 7],
      ],
    },
    [[10.5 * 60_000, 14 * 60_000]],
  ),
  { from: 10.5 * 60_000, to: 14 * 60_000 },
);

test("lines stand in steps of the range, and sum", () => {
  expect(grid).toMatchObject({ t0Ms: 600_000, stepMs: 60_000, columns: 4, sum: 225 * second });
  expect([...grid.total].map((value) => value / second)).toEqual([30, 60, 120, 15]);
  expect(grid.lines.map(({ key, sum }) => [key, sum / second])).toEqual([
    ["1.0.0", 90],
    ["1.1.0", 135],
    ["", 0],
  ]);
});

test("time is drawn as cores; of the first step half was sampled", () => {
  expect([...levels(grid, "cpu", grid.total)]).toEqual([1, 1, 2, 0.25]);
  expect([...levels(grid, "heap_inuse", grid.total)]).toEqual([...grid.total]);
  // Of a sliver of a step a rate would say nothing.
  const sliver = { from: 10.99 * 60_000, to: 11 * 60_000 };
  const cut = seriesGrid(answer({ a: [[10, 15 * second]] }, [[sliver.from, sliver.to]]), sliver);
  expect([...levels(cut, "cpu", cut.total)]).toEqual([1]);
});

test("a rate is over the time that was sampled", () => {
  const sampled: SeriesAnswer["covered"] = [
    [10 * 60_000, 10 * 60_000 + 20_000],
    [30 * 60_000, 30 * 60_000 + 10_000],
  ];
  const sparse = seriesGrid(answer({ a: [[10, 10 * second]] }, sampled), { from: 0, to: 60 * 60_000 });
  expect(coveredMs(sparse, 0, 60 * 60_000)).toBe(30_000);
  expect(coveredMs(sparse, 10 * 60_000 + 5000, 30 * 60_000 + 4000)).toBe(19_000);
  expect(coveredMs(sparse, 0, 60_000)).toBe(0);
  // Of its minute twenty seconds were sampled.
  expect(levels(sparse, "cpu", sparse.total)[10]).toBe(0.5);
});

test("rates are said in the unit of their type", () => {
  expect(rateWords("cpu", rateOf("cpu", 25.5 * second, 60_000))).toBe("0.42 cores");
  expect(rateWords("cpu", 1)).toBe("1 core");
  expect(rateWords("wall", 12.34)).toBe("12 threads");
  expect(rateWords("cpu", 1234.5)).toBe("1,235 cores");
  // However small: it stands beside larger ones.
  expect([0.0023, 0, 1.2e-9].map((rate) => rateWords("cpu", rate))).toEqual([
    "0.0023 cores",
    "0 cores",
    "<0.0001 cores",
  ]);
  expect(rateWords("wall", 0.0123)).toBe("0.012 threads");
  expect(rateWords("heap_alloc", rateOf("heap_alloc", 1_572_864 * 60, 60_000))).toBe("1.5 MiB/s");
  expect(rateWords("heap_inuse", rateOf("heap_inuse", 2048, 60_000))).toBe("2.0 KiB");
});

test("sampled time is a part of the time looked at, in one unit where that shows it", () => {
  const words = (partMs: number, ofMs: number): string => partWords(partMs, ofMs).replaceAll("\u202f", " ");
  expect(words(120_000, 900_000)).toBe("2.0 of 15 min");
  expect(words(5_000, 30_000)).toBe("5.0 of 30 s");
  expect(words(1_800_000, 21_600_000)).toBe("0.5 of 6 h");
  expect(words(30_000, 86_400_000)).toBe("30.0 s of 24 h");
});

test("what cannot be read is called as the section is", () => {
  expect(axisWords("loop_hold", 0.0005)).toBe("0.0005");
  expect(overTimeWords("cpu")).toBe("CPU over time");
  expect(overTimeWords("loop_hold")).toBe("Delay to others over time");
});

describe("a part", () => {
  test("of steps is two instants inside the range, and back", () => {
    expect(spanTimes(grid, { left: 0, right: 1 })).toEqual({ selFrom: 630_000, selTo: 720_000 });
    expect(spanTimes(grid, { left: 2, right: 3 })).toEqual({ selFrom: 720_000, selTo: 840_000 });
    expect(placeTimes(grid, 720_000, 780_000)).toEqual({ left: 2, right: 3 });
    expect(placeTimes(grid, 0, 600_000)).toBeUndefined();
    expect(sumBetween(grid, grid.total, 720_000, 840_000)).toBe(135 * second);
  });
  test("holds all of the steps that the range itself cuts, however short", () => {
    // A service that began within the last step, looked at before that step is half over.
    const begun = seriesGrid(answer({ a: [[13, 6 * second]] }), {
      from: 10 * 60_000,
      to: 13 * 60_000 + 20_000,
    });
    expect(sumBetween(begun, begun.total, begun.fromMs, begun.toMs)).toBe(6 * second);
    expect(sumBetween(grid, grid.total, grid.fromMs, grid.toMs)).toBe(grid.sum);
  });
  test("that cuts a step holds as much of it as of its time", () => {
    expect(sumBetween(grid, grid.total, 720_000, 795_000)).toBe(120 * second + (15 * second) / 4);
  });
  test("begins for the keyboard around the highest step", () => {
    expect(firstSpan(grid)).toEqual({ left: 2, right: 2 });
  });
});

test("a range that data covers in part can be fitted to it", () => {
  const sparse = seriesGrid(
    answer({
      a: [
        [50, second],
        [51, second],
      ],
    }),
    { from: 0, to: 60 * 60_000 },
  );
  expect(dataTimes(sparse)).toEqual({ from: 49 * 60_000, to: 53 * 60_000 });
  expect(dataTimes(grid)).toEqual({ from: 630_000, to: 840_000 });
  expect(dataTimes(seriesGrid(answer({}), { from: 0, to: 60_000 }))).toBeUndefined();
});

test("versions stand in the order they began in, the latest first", () => {
  expect(versionsOf(grid)).toEqual(["1.1.0", "1.0.0"]);
  const alike = seriesGrid(answer({ "1.9.0": [[10, 1]], "1.10.0": [[10, 1]] }), {
    from: 600_000,
    to: 660_000,
  });
  expect(versionsOf(alike)).toEqual(["1.10.0", "1.9.0"]);
});
