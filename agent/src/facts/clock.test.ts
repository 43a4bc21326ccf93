import fc from "fast-check";
import { expect, test } from "vitest";
import { clockPair } from "./clock.ts";

/** A wall clock of whole milliseconds; every reading of either clock takes `step`. */
function simulate(offset: bigint, step: bigint, interrupt: (reading: number) => bigint = () => 0n) {
  let now = 5_000_000_000n;
  let readings = 0;
  const pass = (): bigint => (now += step + interrupt(readings++));
  return { monotonic: pass, epochMillis: () => Number((pass() + offset) / 1_000_000n) };
}
const offsets = fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_000_001_000_000n });

test("the offset of the clocks is found to the time a few readings take", () => {
  fc.assert(
    fc.property(offsets, fc.bigInt({ min: 40n, max: 4000n }), (offset, step) => {
      const { monotonicNanos, epochNanos } = clockPair(undefined, undefined, simulate(offset, step));
      const error = epochNanos - monotonicNanos - offset;
      expect(error < 0n ? -error : error).toBeLessThanOrEqual(3n * step);
    }),
  );
});

test("a step seen behind an interruption is not taken for exact", () => {
  fc.assert(
    fc.property(offsets, fc.integer({ min: 3, max: 3000 }), (offset, when) => {
      const clocks = simulate(offset, 100n, (reading) => (reading === when ? 700_000n : 0n));
      const { monotonicNanos, epochNanos } = clockPair(undefined, undefined, clocks);
      const error = epochNanos - monotonicNanos - offset;
      expect(error < 0n ? -error : error).toBeLessThan(1000n);
    }),
  );
});

test("a wall clock that stands still ends the search after 2 ms", () => {
  let now = 0n;
  const { monotonicNanos, epochNanos } = clockPair(undefined, undefined, {
    monotonic: () => (now += 1000n),
    epochMillis: () => 1_700_000_000_000,
  });
  expect(monotonicNanos).toBeLessThan(2_100_000n);
  const error = epochNanos - 1_700_000_000_000_500_000n - monotonicNanos;
  expect(error > -10_000n && error < 10_000n).toBe(true);
});

test("a thread that is never left alone keeps the offset it knew, unless the clock was set", () => {
  const truth = 1_700_000_000_000_300_000n;
  const busy = simulate(truth, 400_000n);
  const known = { monotonicNanos: 7n, epochNanos: truth + 7n };
  const kept = clockPair(known, undefined, busy);
  expect(kept.epochNanos - kept.monotonicNanos).toBe(truth);
  const set = clockPair(known, undefined, simulate(truth - 3_600_000_000_000n, 400_000n));
  expect(Number(set.epochNanos - set.monotonicNanos - truth) / 1e9).toBeCloseTo(-3600, 2);
});

test("a wall clock that can be read is read three times, and never watched", () => {
  fc.assert(
    fc.property(offsets, fc.integer({ min: 0, max: 6 }), (offset, when) => {
      // Interrupted once, anywhere.
      const { monotonic } = simulate(offset, 100n, (reading) => (reading === when ? 700_000n : 0n));
      const epochMillis = (): number => expect.fail("watched");
      const read = (): bigint => monotonic() + offset;
      const { monotonicNanos, epochNanos } = clockPair(undefined, read, { monotonic, epochMillis });
      const error = epochNanos - monotonicNanos - offset;
      expect(error < 0n ? -error : error).toBeLessThanOrEqual(100n);
    }),
  );
});

test("the real clocks agree with Date.now()", () => {
  const { epochNanos } = clockPair();
  expect(Math.abs(Number(epochNanos / 1_000_000n) - Date.now())).toBeLessThan(1000);
});
