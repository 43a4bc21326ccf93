import { expect, test } from "vitest";
import { firstRange } from "./first-range.ts";
import { heatGrid } from "./heat-grid.ts";

const now = Date.parse("2026-11-23T15:00:00Z");
const hour = (...minutes: readonly number[]) =>
  heatGrid(
    {
      t0UnixNano: `${now - 3_600_000}000000`,
      stepNano: 60e9,
      edgesNano: [1e6, 1e7, 1e8],
      cells: minutes.map((minute) => [minute, 1, 3, 0]),
    },
    60,
  );

test("data of some minutes is shown in the shortest range that holds it", () => {
  expect(firstRange(undefined, undefined, now)).toBe("wait");
  expect(firstRange(hour(50, 59), undefined, now)).toBe("look");
  expect(firstRange(hour(50, 59), 0, now)).toBe("shortest");
});

test("where there is older data, or none, the last hour is shown", () => {
  expect(firstRange(hour(50, 59), 4, now)).toBe("hour");
  expect(firstRange(hour(44, 59), undefined, now)).toBe("hour");
  expect(firstRange(hour(), undefined, now)).toBe("hour");
});
