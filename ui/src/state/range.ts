// A stretch of time in the address, and the part of it that is looked at.
import { compact, type RawSearch, readChoice, readInstant } from "./raw.ts";

/** The first is the default. */
export const ranges = ["1h", "15m", "6h", "24h", "7d"] as const;
export type RangeName = (typeof ranges)[number];

export const rangeMs: Readonly<Record<RangeName, number>> = {
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
};

/** A stretch of time: relative, or two instants (Unix ms), which win. */
export interface RangeState {
  readonly range?: RangeName | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export function validateRange(raw: RawSearch): RangeState {
  const from = readInstant(raw, "from");
  const to = readInstant(raw, "to");
  const absolute = from !== undefined && to !== undefined && from < to;
  return compact<RangeState>({
    range: absolute ? undefined : readChoice(raw, "range", ranges),
    from: absolute ? from : undefined,
    to: absolute ? to : undefined,
  });
}

export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** The instants the state means at `nowMs`. */
export function timeRange(state: RangeState, nowMs: number): TimeRange {
  if (state.from !== undefined && state.to !== undefined) return { from: state.from, to: state.to };
  return { from: nowMs - rangeMs[state.range ?? "1h"], to: nowMs };
}

export interface PartState {
  /** Unix ms; both or none. */
  readonly selFrom?: number | undefined;
  readonly selTo?: number | undefined;
}

export function validatePart(raw: RawSearch): PartState {
  const selFrom = readInstant(raw, "selFrom");
  const selTo = readInstant(raw, "selTo");
  return selFrom !== undefined && selTo !== undefined && selFrom < selTo ? { selFrom, selTo } : {};
}

/** The part chosen, inside the range; all of the range where none is, or where it lies outside. */
export function partRange(state: RangeState & PartState, nowMs: number): TimeRange {
  const range = timeRange(state, nowMs);
  const from = Math.max(range.from, state.selFrom ?? range.from);
  const to = Math.min(range.to, state.selTo ?? range.to);
  return from < to ? { from, to } : range;
}
