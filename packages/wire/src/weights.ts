import type { Header, Ticks } from "./window.ts";
import { TickState } from "./window.ts";

/**
 * Wall time each tick entry stands for, in multiples of 500 ns; idle entries stand for 0. No instant is given twice, so the sum
 * never exceeds the window. Agent (pprof values) and correlator (rows) both use this function: their sums are equal.
 *
 * A busy tick owns what lies to its left and right. With P the period (10 ms in the examples):
 *
 * - Beside another busy tick: half the gap, at most 1.25 P. Ticks at 10, 20, 31 ms: the middle one owns
 *   5 + 5.5 = 10.5 ms. Sampler threads lose ticks under load, 5–17 % of them: with 20 lost, 10 and 30 own 10 ms of the
 *   gap each, all of it. A gap over 2.5 P is more than loss: of 100 ms between two ticks each owns 12.5, 75 stay unclaimed.
 * - Left, after an idle tick: the whole gap, at most 1.25 P. The quiet loop delivers that tick when the loop wakes, 0.1 ms
 *   before the first callback, so all since then was work. Idle at 50.0, busy at 57.3: 7.3 ms.
 * - Right, before an idle tick: that tick's own CPU, at most the gap and 1.25 P: it is what the thread still did before
 *   it slept. Busy at 57.3, idle at 500 with 2.1 ms of CPU: 2.1 ms. Of an idle run the first tick counts, with the run's
 *   mean CPU; a writer keeps the first idle tick behind a busy one out of the run, then it is exact.
 * - A `(program)` tick has no CPU of its own, it comes with the next tick: what its left side took is subtracted there.
 * - First and last tick: up to the window's edge, at most P / 2: the neighbour is in another window.
 */
export function tickWeights(
  ticks: Ticks,
  header: Pick<Header, "start" | "end" | "periodNanos">,
): Float64Array {
  const { deltaMicros, state, cpuMicros, run } = ticks;
  const { length } = state;
  const weights = new Float64Array(length);
  const period = header.periodNanos;
  const cap = period * 1.25;
  const duration = Number(header.end.monotonicNanos - header.start.monotonicNanos);
  let time = 0;
  /** The last tick that brought its CPU. */
  let cpuSince = 0;
  for (let i = 0; i < length; i++) {
    const gap = (deltaMicros[i] as number) * 1000;
    time += gap;
    if (state[i] !== TickState.program) cpuSince = time;
    if (state[i] === TickState.idle) continue;

    let left: number;
    if (i === 0) left = Math.min(gap, period / 2);
    else left = Math.min(state[i - 1] === TickState.idle ? gap : gap / 2, cap);

    let right: number;
    const next = i + 1;
    if (next === length) right = Math.min(Math.max(0, duration - time), period / 2);
    else {
      const nextGap = (deltaMicros[next] as number) * 1000;
      if (state[next] === TickState.idle) {
        const ticksInRun = run.length === 0 ? 1 : (run[next] as number);
        const cpu = ((cpuMicros[next] as number) * 1000) / ticksInRun - (time - cpuSince);
        right = Math.min(Math.max(0, cpu), nextGap / ticksInRun, cap);
      } else right = Math.min(nextGap / 2, cap);
    }
    // Half of a gap in microseconds is that already; caps and edges are cut down to it, so that a store need not keep their digits.
    weights[i] = Math.floor((left + right) / 500) * 500;
  }
  return weights;
}

/** Sums over the ticks of each pprof sample. Index 0 is sample 1. Nanoseconds, nanoseconds, ticks. */
export interface SampleTotals {
  readonly wallNanos: Float64Array;
  readonly cpuNanos: Float64Array;
  readonly ticks: Uint32Array;
}

/**
 * The three values of every pprof sample: what the agent writes into the pprof section.
 * @param samples number of samples; ticks that refer beyond it are left out.
 */
export function sampleTotals(
  ticks: Ticks,
  header: Pick<Header, "start" | "end" | "periodNanos">,
  samples: number,
): SampleTotals {
  const weights = tickWeights(ticks, header);
  const totals: SampleTotals = {
    wallNanos: new Float64Array(samples),
    cpuNanos: new Float64Array(samples),
    ticks: new Uint32Array(samples),
  };
  for (let i = 0; i < weights.length; i++) {
    const sample = (ticks.stack[i] as number) - 1;
    if (sample < 0 || sample >= samples) continue;
    totals.wallNanos[sample] = (totals.wallNanos[sample] as number) + (weights[i] as number);
    totals.cpuNanos[sample] = (totals.cpuNanos[sample] as number) + (ticks.cpuMicros[i] as number) * 1000;
    totals.ticks[sample] = (totals.ticks[sample] as number) + 1;
  }
  return totals;
}
