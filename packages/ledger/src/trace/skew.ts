import type { ClockSkew, LedgerSpan } from "../types.ts";

export interface SpanPair {
  readonly client: Pick<LedgerSpan, "startUnixNano" | "durationNano">;
  readonly server: Pick<LedgerSpan, "startUnixNano" | "durationNano">;
}

/** Starts are whole milliseconds on both sides, so each difference is off by less than this. */
const ROUNDING_NANO = 1e6;
/** Of the bounds so many, in thousandths, may be wrong: a clock that was set, a span with a broken time. */
const OUTLIERS = 5;

/**
 * How far the server's clock is ahead of the client's. A server span lies within its client span, so each pair bounds the
 * offset: at least serverEnd − clientEnd, at most serverStart − clientStart. Over many pairs the tightest bounds count,
 * each relaxed by the rounding of start times.
 * @param pairs of one pair of clocks, from many traces. Undefined without any.
 */
export function estimateSkew(pairs: readonly SpanPair[]): ClockSkew | undefined {
  if (pairs.length === 0) return undefined;
  const lows: number[] = [];
  const highs: number[] = [];
  for (const { client, server } of pairs) {
    const high = Number(server.startUnixNano - client.startUnixNano);
    lows.push(high + server.durationNano - client.durationNano);
    highs.push(high);
  }
  lows.sort((a, b) => b - a);
  highs.sort((a, b) => a - b);
  const skip = Math.floor((pairs.length * OUTLIERS) / 1000);
  const low = (lows[skip] as number) - ROUNDING_NANO;
  const high = (highs[skip] as number) + ROUNDING_NANO;
  const offset = (low + high) / 2;
  // Bounds that contradict each other: a clock drifted or was set in between. Nothing between them can be trusted.
  return { offset, low: Math.min(low, high), high: Math.max(low, high), pairs: pairs.length };
}
