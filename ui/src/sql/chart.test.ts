import { expect, test } from "vitest";
import type { SqlAnswer } from "../api/types.ts";
import { chartOf, roundAxis } from "./chart.ts";

const answer = (types: Record<string, string>, rows: unknown[][]): SqlAnswer => ({
  columns: Object.entries(types).map(([name, type]) => ({ name, type })),
  rows,
  rowCount: rows.length,
  truncated: false,
  elapsedMs: 1,
  readRows: 1,
  readBytes: 1,
});

test("numbers over time are lines, one for each name, the greatest first", () => {
  const chart = chartOf(
    answer({ time: "DateTime('UTC')", endpoint: "LowCardinality(String)", cores: "Float64" }, [
      ["2026-11-23 09:01:00", "GET /a", 1],
      ["2026-11-23 09:00:00", "GET /a", 2],
      ["2026-11-23 09:00:00", "GET /b", "30"],
    ]),
  );
  const nine = Date.UTC(2026, 10, 23, 9);
  expect(chart).toEqual({
    kind: "time",
    more: 0,
    lines: [
      { name: "GET /b", points: [[nine, 30]] },
      {
        name: "GET /a",
        points: [
          [nine, 2],
          [nine + 60_000, 1],
        ],
      },
    ],
  });
});

test("several measures are told apart by their columns", () => {
  const chart = chartOf(
    answer({ day: "Date", a: "UInt64", b: "Nullable(Int32)" }, [
      ["2026-11-23", "1", 5],
      ["2026-11-24", "2", null],
    ]),
  );
  expect(chart?.kind === "time" && chart.lines.map(({ name }) => name)).toEqual(["b", "a"]);
});

test("numbers of named things are bars of the first measure, thirty at most", () => {
  const chart = chartOf(
    answer(
      { function: "String", self_ms: "Float64", n: "UInt64" },
      Array.from({ length: 40 }, (_, i) => [`f${i}`, 40 - i, "1"]),
    ),
  );
  expect(chart).toMatchObject({ kind: "bars", measure: "self_ms", more: 10 });
  expect(chart?.kind === "bars" && chart.bars[0]).toEqual({ name: "f0", value: 40 });
});

test("what has no numbers, no names or a single row stays a table", () => {
  expect(chartOf(answer({ a: "String" }, [["x"], ["y"]]))).toBeUndefined();
  expect(chartOf(answer({ a: "UInt8" }, [[1], [2]]))).toBeUndefined();
  expect(chartOf(answer({ a: "String", b: "UInt8" }, [["x", 1]]))).toBeUndefined();
});

test("an axis ends at a round value above the highest", () => {
  expect(roundAxis(0, 0.206, 4)).toEqual({ low: 0, high: 0.3, ticks: [0, 0.1, 0.2, 0.3] });
  expect(roundAxis(0, 160, 4).ticks).toEqual([0, 50, 100, 150, 200]);
  expect(roundAxis(-3, 10, 4)).toEqual({ low: -5, high: 10, ticks: [-5, 0, 5, 10] });
  expect(roundAxis(0, 0, 4)).toEqual({ low: 0, high: 1, ticks: [0, 1] });
});
