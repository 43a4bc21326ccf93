import { ApiError } from "../errors.ts";
import type { TimeRange } from "./time.ts";

const MOST_STEPS = 2000;
const DEFAULT_STEPS = 120;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps that a time axis is read in. */
const READABLE = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
];

/** Milliseconds of a step: what was asked for, else a readable one with at most 120 in the range. Throws `bad_parameter`. */
export function chooseStep({ from, to }: TimeRange, asked?: number): number {
  const millis = Number((to - from) / 1_000_000n);
  if (asked === undefined)
    return (
      READABLE.find((step) => millis / step <= DEFAULT_STEPS) ?? Math.ceil(millis / DEFAULT_STEPS / DAY) * DAY
    );
  if (millis / asked > MOST_STEPS)
    throw new ApiError(
      "bad_parameter",
      `stepMs: more than ${MOST_STEPS} steps in the range; ${Math.ceil(millis / MOST_STEPS)} is the least here`,
      { field: "stepMs" },
    );
  return asked;
}
