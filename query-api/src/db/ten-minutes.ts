import type { TimeRange } from "../params/time.ts";
import { secondTime, type Sql } from "./sql.ts";

/** What the sums of projections and the index of traces are of, ns. */
export const TEN_MINUTES = 600_000_000_000n;

/** The whole ten minutes of a range, whose sums stand in projections (undefined: none), and what is left of it at both ends. */
export function tenMinutesOf({ from, to }: TimeRange): {
  readonly whole: TimeRange | undefined;
  readonly ends: readonly TimeRange[];
} {
  const first = ((from + TEN_MINUTES - 1n) / TEN_MINUTES) * TEN_MINUTES;
  const last = (to / TEN_MINUTES) * TEN_MINUTES;
  if (first >= last) return { whole: undefined, ends: [{ from, to }] };
  const ends = [
    { from, to: first },
    { from: last, to },
  ];
  return { whole: { from: first, to: last }, ends: ends.filter((end) => end.from < end.to) };
}

/** A time as ClickHouse compares it with a DateTime. */
export const seconds = (nano: bigint): Sql => secondTime(nano / 1_000_000_000n);
