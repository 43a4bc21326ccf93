import type { ClockPair } from "@hotspan/wire";

/** Between two readings there may be nothing but the readings themselves: otherwise the thread was interrupted. */
const INTERRUPTED_NANOS = 50_000n;
const LONGEST_NANOS = 2_000_000n;
const HALF_MILLISECOND = 500_000n;

export interface Clocks {
  readonly monotonic: () => bigint;
  /** Whole milliseconds. */
  readonly epochMillis: () => number;
}

// Taken now: a test of the application may put fake ones in their place later.
const hrtime = process.hrtime.bigint.bind(process.hrtime);
const dateNow = Date.now.bind(Date);
const CLOCKS: Clocks = { monotonic: () => hrtime(), epochMillis: () => dateNow() };

/**
 * One instant on both clocks, good to microseconds although JavaScript's wall clock shows whole milliseconds: watches it
 * until it steps, 0.5 ms on average, 2 ms at most. `performance.timeOrigin` would be exact once and drift ever after.
 */
export function clockPair(previous?: ClockPair, { monotonic, epochMillis }: Clocks = CLOCKS): ClockPair {
  const began = monotonic();
  let last = epochMillis();
  // The last reading of the wall clock lies between these two.
  let earlier = began;
  let before = monotonic();
  // Best so far: half a millisecond after a reading that showed no step.
  let offset = BigInt(last) * 1_000_000n + HALF_MILLISECOND - before;
  let width = LONGEST_NANOS;
  for (;;) {
    const millis = epochMillis();
    const after = monotonic();
    if (millis === last + 1 && after - earlier < width) {
      width = after - earlier;
      offset = BigInt(millis) * 1_000_000n - (earlier + after) / 2n;
    }
    if (width < INTERRUPTED_NANOS) return { monotonicNanos: after, epochNanos: after + offset };
    // A clock that stands still, or a thread that is never left alone for long: what was known is better, if it still fits.
    if (after - began > LONGEST_NANOS) {
      const known = previous === undefined ? offset : previous.epochNanos - previous.monotonicNanos;
      const change = known < offset ? offset - known : known - offset;
      return { monotonicNanos: after, epochNanos: after + (change < LONGEST_NANOS ? known : offset) };
    }
    last = millis;
    earlier = before;
    before = after;
  }
}
