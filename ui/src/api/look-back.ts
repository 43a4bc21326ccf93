// Of which time names to choose from are asked for. Pure.
import type { TimeRange } from "../state/range.ts";

/** Until now, or between two instants (Unix ms). */
export type LookBack = "hour" | "day" | "month" | TimeRange;

const hourMs = 3_600_000;
export const dayMs: number = 24 * hourMs;

/**
 * The range in force, a day at least: what was silent in the last hour can be chosen, and so can what only an older incident saw.
 * To the hour, so that equal questions are equal queries.
 */
export function lookBackOf({ from, to }: TimeRange, nowMs: number): LookBack {
  if (from >= nowMs - dayMs) return "day";
  return {
    from: Math.floor(Math.min(from, to - dayMs) / hourMs) * hourMs,
    to: Math.ceil(to / hourMs) * hourMs,
  };
}

/** Of what endpoints are measured: the range in force, but a day of it at most, since all its spans are read. */
export const lastDayOf = ({ from, to }: TimeRange): TimeRange => ({ from: Math.max(from, to - dayMs), to });
