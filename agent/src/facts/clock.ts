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
 * One instant on both clocks. `performance.timeOrigin` would be exact once and drift ever after.
 * @param previous what was known before, for a wall clock that has to be watched
 * @param epochNanos reads the wall clock itself, if something can
 */
export function clockPair(
  previous?: ClockPair,
  epochNanos: () => bigint | undefined = () => undefined,
  clocks: Clocks = CLOCKS,
): ClockPair {
  return read(epochNanos, clocks) ?? watch(previous, clocks);
}

const READINGS = 3;

/** Both at once, as near as can be: the thread may be interrupted between any two readings. A microsecond. */
function read(epochNanos: () => bigint | undefined, { monotonic }: Clocks): ClockPair | undefined {
  let best: ClockPair | undefined;
  let width = LONGEST_NANOS;
  for (let i = 0; i < READINGS; i++) {
    const before = monotonic();
    const epoch = epochNanos();
    if (epoch === undefined) return undefined;
    const passed = monotonic() - before;
    if (best !== undefined && passed >= width) continue;
    width = passed;
    best = { monotonicNanos: before + passed / 2n, epochNanos: epoch };
  }
  return best;
}

/** Good to microseconds although JavaScript's wall clock shows whole milliseconds: until it steps, 0.5 ms on average, 2 ms at most. */
function watch(previous: ClockPair | undefined, { monotonic, epochMillis }: Clocks): ClockPair {
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
