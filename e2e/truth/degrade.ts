import type { Window } from "@hotspan/wire";
import type { Random } from "./app/random.ts";

/**
 * The window as it were had the sampler missed a random share of its ticks: the next one then carries the time and the CPU
 * since the last that was taken.
 */
export function withoutTicks(window: Window, share: number, random: Random): Window {
  const { ticks } = window;
  const count = ticks.deltaMicros.length;
  const delta: number[] = [];
  const cpu: number[] = [];
  const run: number[] = [];
  const kept: number[] = [];
  let owedDelta = 0;
  let owedCpu = 0;
  let taken = 0;
  for (let i = 0; i < count; i++) {
    let left = 0;
    for (let n = ticks.run[i] ?? 1; n > 0; n--) if (random.next() >= share) left++;
    owedDelta += ticks.deltaMicros[i] as number;
    owedCpu += ticks.cpuMicros[i] as number;
    if (left === 0) continue;
    kept.push(i);
    delta.push(owedDelta);
    cpu.push(owedCpu);
    run.push(left);
    taken += left;
    owedDelta = owedCpu = 0;
  }
  const pick = (column: Uint32Array): Uint32Array => Uint32Array.from(kept, (i) => column[i] as number);
  return {
    ...window,
    header: { ...window.header, takenTicks: taken },
    ticks: {
      deltaMicros: Uint32Array.from(delta),
      state: Uint8Array.from(kept, (i) => ticks.state[i] as number),
      cpuMicros: Uint32Array.from(cpu),
      label: pick(ticks.label),
      stack: pick(ticks.stack),
      run: ticks.run.length === 0 ? ticks.run : Uint32Array.from(run),
    },
  };
}
