import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";

/** A span on a timeline's axis, whole ns. */
export interface Placed {
  readonly start: number;
  readonly end: number;
  /** Both ends are off by the same amount, at most ± this. */
  readonly bias: number;
}

const MILLI = 1_000_000n;
const HALF = 500_000;

/**
 * OpenTelemetry's JavaScript SDK takes the start from `Date.now()`, whole milliseconds, and the end as start + exact
 * duration: the span really lay 0–1 ms later, both ends alike. Half a millisecond is the best guess, ± as much.
 */
export function place(span: Pick<LedgerSpan, "startUnixNano" | "durationNano">, origin: bigint): Placed {
  const whole = span.startUnixNano % MILLI === 0n;
  const start = Number(span.startUnixNano - origin) + (whole ? HALF : 0);
  return { start, end: start + Math.round(span.durationNano), bias: whole ? HALF : 0 };
}

/**
 * A span of this thread starts and ends while the thread runs: of the places the clock allows, the nearest one with both
 * ends outside of sleep.
 */
export function placeOnThread(span: LedgerSpan, timeline: Timeline): Placed {
  const middle = place(span, timeline.originUnixNano);
  if (middle.bias === 0) return middle;
  const awake = (time: number): number => {
    const kind = timeline.segments[segmentAt(timeline, time)]?.kind;
    return kind === "idle" ? 0 : 1;
  };
  // The end belongs to what ran before it.
  const score = (shift: number): number => awake(middle.start + shift) + awake(middle.end + shift - 1);
  let best = 0;
  let bestScore = score(0);
  if (bestScore === 2) return middle;
  for (const from of [middle.start, middle.end]) {
    for (let i = Math.max(0, segmentAt(timeline, from - middle.bias)); ; i++) {
      const segment = timeline.segments[i];
      if (segment === undefined || segment.start > from + middle.bias) break;
      if (segment.kind === "idle") continue;
      for (const edge of [
        segment.start + (from === middle.end ? 1 : 0),
        segment.end - (from === middle.end ? 0 : 1),
      ]) {
        const shift = edge - from;
        if (Math.abs(shift) > middle.bias) continue;
        const found = score(shift);
        if (found > bestScore || (found === bestScore && Math.abs(shift) < Math.abs(best))) {
          best = shift;
          bestScore = found;
        }
      }
    }
  }
  return { ...middle, start: middle.start + best, end: middle.end + best };
}
