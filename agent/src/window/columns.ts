import type { Ticks } from "@hotspan/wire";
import { TickState } from "@hotspan/wire";
import type { TickTable } from "../sampler/ticks.ts";
import type { Steps } from "./steps.ts";

/** A pair of a stack and a label row, numbered in order of appearance: sample i + 1 of the pprof section. */
export interface StackSample {
  readonly node: number;
  readonly label: number;
}

export interface TickColumns {
  readonly ticks: Ticks;
  readonly samples: readonly StackSample[];
}

/** How far a gap may be off the period and still count as one tick of an even run. */
const RUN_TOLERANCE = 0.2;
/** A tick of a span not seen before takes 2 µs. */
const TICKS_PER_STEP = 64;
/** An idle tick that used more of its gap than this is an edge worth its own entry. */
const RUN_CPU_SHARE = 0.05;

/**
 * The tick columns of `window.proto`. Idle ticks one period apart are folded into runs; the first idle tick behind a busy
 * one stays alone, so that its CPU still says when the work ended.
 * @param startMicros,endMicros the window on the monotonic clock; ticks outside are moved to its edge.
 * @param rowOf label row of a tick's stored context.
 * @param stackRowOf the row its stack is filed under: ticks of rows that share it share samples.
 */
export function* tickColumns(
  table: TickTable,
  startMicros: number,
  endMicros: number,
  periodMicros: number,
  rowOf: (stored: unknown) => number,
  stackRowOf: (row: number) => number = (row) => row,
): Steps<TickColumns> {
  const count = table.time.length;
  const delta = new Uint32Array(count);
  const state = new Uint8Array(count);
  const cpu = new Uint32Array(count);
  const label = new Uint32Array(count);
  const stack = new Uint32Array(count);
  const run = new Uint32Array(count);
  const samples: StackSample[] = [];
  const indices = new Map<number, Map<number, number>>();

  const sampleOf = (node: number, row: number): number => {
    let byLabel = indices.get(node);
    if (byLabel === undefined) indices.set(node, (byLabel = new Map()));
    let index = byLabel.get(row);
    if (index === undefined) byLabel.set(row, (index = samples.push({ node, label: row })));
    return index;
  };

  let entries = 0;
  let runs = false;
  let previous = startMicros;
  // Rounded once from the start, so that errors do not add up.
  let written = 0;
  for (let i = 0; i < count; i++) {
    if (i % TICKS_PER_STEP === TICKS_PER_STEP - 1) yield;
    const time = Math.min(Math.max(table.time[i] as number, previous), endMicros);
    const at = Math.max(Math.round(time - startMicros), written);
    const step = at - written;
    const micros = Math.max(0, Math.round((table.cpu[i] as number) / 1000));
    written = at;
    previous = time;
    const last = entries - 1;
    const even =
      Math.abs(step - periodMicros) <= periodMicros * RUN_TOLERANCE && micros <= periodMicros * RUN_CPU_SHARE;
    if (
      table.state[i] === TickState.idle &&
      even &&
      last >= 1 &&
      state[last] === TickState.idle &&
      state[last - 1] === TickState.idle &&
      // The entry to extend must be an even one itself.
      Math.abs((delta[last] as number) / (run[last] as number) - periodMicros) <=
        periodMicros * RUN_TOLERANCE &&
      (cpu[last] as number) / (run[last] as number) <= periodMicros * RUN_CPU_SHARE
    ) {
      delta[last] = (delta[last] as number) + step;
      cpu[last] = (cpu[last] as number) + micros;
      run[last] = (run[last] as number) + 1;
      runs = true;
      continue;
    }
    const row = rowOf(table.context[i]);
    const node = table.node[i] as number;
    delta[entries] = step;
    state[entries] = table.state[i] as number;
    cpu[entries] = micros;
    label[entries] = row;
    stack[entries] = node < 0 ? 0 : sampleOf(node, stackRowOf(row));
    run[entries] = 1;
    entries++;
  }
  return {
    ticks: {
      deltaMicros: delta.slice(0, entries),
      state: state.slice(0, entries),
      cpuMicros: cpu.slice(0, entries),
      label: label.slice(0, entries),
      stack: stack.slice(0, entries),
      run: runs ? run.slice(0, entries) : new Uint32Array(0),
    },
    samples,
  };
}
