// The range a search begins with where its address names none: a last hour that is empty for the most part says little.
import type { HeatGrid } from "./heat-grid.ts";
import { cellCount } from "./heat-grid.ts";

const shortest = 900_000;

/** Wait for an answer; look whether there is older data; keep the hour; or show the last 15 minutes, which hold all there is. */
export type FirstRange = "wait" | "look" | "hour" | "shortest";

/** `older`: traces of the day before the hour; undefined where that is not known yet. */
export function firstRange(hour: HeatGrid | undefined, older: number | undefined, nowMs: number): FirstRange {
  if (hour === undefined) return "wait";
  const begin = firstMs(hour);
  if (begin === undefined || begin < nowMs - shortest) return "hour";
  if (older === undefined) return "look";
  return older > 0 ? "hour" : "shortest";
}

/** When the first column with data begins. */
function firstMs(grid: HeatGrid): number | undefined {
  for (let t = 0; t < grid.columns; t++) {
    for (let d = 0; d < grid.rows; d++) if (cellCount(grid, t, d) > 0) return grid.t0Ms + t * grid.stepMs;
  }
  return undefined;
}
