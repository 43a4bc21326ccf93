import type { ClockPair } from "@hotspan/wire";

const MILLISECOND = 1_000_000;

/**
 * Unix time to a fraction of a millisecond, from a clock that shows whole ones: each reading bounds the offset between the
 * clocks to one millisecond, and many of them, at random phases, to the overlap of all: 0.1 ms after some ten readings.
 * `performance.timeOrigin` would be exact once and drift ever after.
 */
export class EpochClock {
  /** Bounds of (epoch − monotonic), nanoseconds relative to `#base`. */
  #low = Number.NEGATIVE_INFINITY;
  #high = Number.POSITIVE_INFINITY;
  #base = 0n;
  readonly #monotonic: () => bigint;
  readonly #epochMillis: () => number;

  constructor(
    monotonic: () => bigint = () => process.hrtime.bigint(),
    epochMillis: () => number = () => Date.now(),
  ) {
    this.#monotonic = monotonic;
    this.#epochMillis = epochMillis;
  }

  /** Takes a reading; 0.2 µs. */
  observe(): void {
    const before = this.#monotonic();
    const epoch = BigInt(this.#epochMillis()) * 1_000_000n;
    const after = this.#monotonic();
    if (this.#high === Number.POSITIVE_INFINITY) this.#base = epoch - before;
    // True time was in [epoch, epoch + 1 ms) at some moment between the two.
    const low = Number(epoch - after - this.#base);
    const high = Number(epoch - before - this.#base) + MILLISECOND;
    const newLow = Math.max(low, this.#low);
    const newHigh = Math.min(high, this.#high);
    if (newLow <= newHigh) {
      this.#low = newLow;
      this.#high = newHigh;
      return;
    }
    // The wall clock was set, or has drifted: what was known is void.
    this.#base = epoch - before;
    this.#low = Number(epoch - after - this.#base);
    this.#high = MILLISECOND;
  }

  /** Half the width of what is left of the millisecond, nanoseconds. */
  get uncertainty(): number {
    return (this.#high - this.#low) / 2;
  }

  /** Epoch − monotonic, nanoseconds. Observe first. */
  get offset(): bigint {
    return this.#base + BigInt(Math.round((this.#low + this.#high) / 2));
  }

  pair(): ClockPair {
    this.observe();
    const monotonicNanos = this.#monotonic();
    return { monotonicNanos, epochNanos: monotonicNanos + this.offset };
  }

  /** Forgets, so that slow drift of the wall clock is followed. Call between windows. */
  renew(): void {
    const offset = this.offset;
    this.#base = offset;
    // NTP slews at 500 ppm at most: 5 µs in 10 ms, 5 ms in 10 s. Keep the middle, widen the bounds.
    this.#low = -MILLISECOND;
    this.#high = MILLISECOND;
  }
}
