import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryWindow } from "./testing/arbitrary.ts";
import { tickWeights } from "./weights.ts";
import type { Ticks } from "./window.ts";
import { TickState } from "./window.ts";

type Tick = readonly [atMs: number, state: keyof typeof TickState, cpuMs?: number, run?: number];

/** A period of 10 ms; weights in ms. */
function weights(windowMs: number, ...list: readonly Tick[]): number[] {
  const ticks: Ticks = {
    deltaMicros: Uint32Array.from(list, ([at], i) => Math.round((at - (list[i - 1]?.[0] ?? 0)) * 1000)),
    state: Uint8Array.from(list, ([, state]) => TickState[state]),
    cpuMicros: Uint32Array.from(list, ([, , cpu = 0]) => cpu * 1000),
    label: new Uint32Array(list.length),
    stack: new Uint32Array(list.length),
    run: Uint32Array.from(list, ([, , , run = 1]) => run),
  };
  const end = BigInt(windowMs) * 1_000_000n;
  const header = {
    start: { monotonicNanos: 7n, epochNanos: 0n },
    end: { monotonicNanos: 7n + end, epochNanos: 0n },
    periodNanos: 10_000_000,
  };
  return Array.from(tickWeights(ticks, header), (nanos) => nanos / 1e6);
}

describe("tickWeights", () => {
  it("gives each busy tick half of the gaps beside it", () => {
    expect(weights(41, [10, "js"], [20, "gc"], [31, "program"])).toEqual([10, 10.5, 10.5]);
  });

  it("shares a gap of lost ticks up to two and a half periods, and claims no more of a longer one", () => {
    expect(weights(100, [10, "js"], [30, "js"])).toEqual([15, 15]);
    expect(weights(200, [10, "js"], [110, "js"])).toEqual([17.5, 17.5]);
  });

  it("gives a tick behind an idle one all since the wake-up, and one before sleep the CPU until it", () => {
    expect(weights(1000, [50, "idle"], [57.3, "js"], [500, "idle", 2.1])).toEqual([0, 9.4, 0]);
  });

  it("caps both sides of sleep at one and a quarter periods", () => {
    expect(weights(1000, [50, "idle"], [90, "js"], [500, "idle", 40])).toEqual([0, 25, 0]);
  });

  it("takes an idle run's first tick with its mean CPU", () => {
    expect(weights(1000, [50, "idle"], [55, "js"], [155, "idle", 20, 10])).toEqual([0, 7, 0]);
  });

  it("does not count the CPU of a `(program)` tick twice", () => {
    // Of the idle tick's 6 ms of CPU, 5 were spent before the program tick.
    expect(weights(1000, [50, "idle"], [55, "program"], [500, "idle", 6])).toEqual([0, 6, 0]);
  });

  it("lets the first and last tick reach the window's edge, half a period at most", () => {
    expect(weights(30, [2, "js"], [12, "js"])).toEqual([7, 10]);
    expect(weights(14, [8, "js"], [12, "js"])).toEqual([7, 4]);
  });

  it("never gives more than the time there is, and nothing to idle ticks", () => {
    fc.assert(
      fc.property(arbitraryWindow(), ({ ticks, header }) => {
        const all = tickWeights(ticks, header);
        const last = ticks.deltaMicros.reduce((a, b) => a + b, 0) * 1000;
        const end = Number(header.end.monotonicNanos - header.start.monotonicNanos);
        // Each weight is rounded to a whole nanosecond.
        expect(all.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(Math.max(last, end) + all.length);
        all.forEach((weight, i) => {
          expect(Number.isInteger(weight) && weight >= 0).toBe(true);
          if (ticks.state[i] === TickState.idle) expect(weight).toBe(0);
        });
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
