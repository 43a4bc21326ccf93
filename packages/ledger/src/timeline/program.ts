import type { Owner } from "./segment.ts";
import { NOBODY } from "./segment.ts";
import { State, type Tick, type Turn } from "./stream.ts";

/** A tick as the gap rules read it. */
export interface Beat {
  readonly time: number;
  readonly kind: "js" | "runtime" | "idle";
  readonly owner: Owner;
  /** ns of CPU since the beat before. */
  readonly cpu: number;
  readonly gc: boolean;
}

/**
 * `(program)` ticks are 17–49 % of an await storm, never labelled, and their CPU comes with the next tick. Both neighbours
 * agree on the label in 97–100 % of cases: then it is theirs, else that of the journal's turn, if the tick before has it too, else the runtime's. Garbage collector ticks keep their label;
 * what of them was collection is carved out by the exact events, so the rest belongs to the code around.
 *
 * A JavaScript tick without a label is whose turn the journal says it is; outside of the turns it is its neighbours', if they
 * agree: a hook, or what V8 runs before the context is restored.
 * @param from where the CPU of the first tick begins to count.
 */
export function beatsOf(
  ticks: readonly Tick[],
  from: number,
  periodNano: number,
  turns: readonly Turn[] = [],
): Beat[] {
  const { length } = ticks;
  const cpu = new Float64Array(length);
  let first = 0;
  let used = 0;
  for (let i = 0; i < length; i++) {
    const tick = ticks[i] as Tick;
    used += tick.cpu;
    if (tick.state === State.program) continue;
    // Gaps first..i share this CPU.
    const began = first === 0 ? from : (ticks[first - 1] as Tick).time;
    let rest = used;
    const total = tick.time - began;
    for (let k = first; k < i; k++) {
      const gap = (ticks[k] as Tick).time - (k === 0 ? from : (ticks[k - 1] as Tick).time);
      // Before sleep the CPU was used up first; between busy ticks it was spread.
      const share = tick.state === State.idle ? Math.min(gap, rest) : total > 0 ? (used * gap) / total : 0;
      cpu[k] = share;
      rest -= share;
    }
    cpu[i] = Math.max(0, rest);
    first = i + 1;
    used = 0;
  }
  // CPU of program ticks at the end comes with a tick of the next window: on CPU they were.
  for (let k = first; k < length; k++) {
    cpu[k] = (ticks[k] as Tick).time - (k === 0 ? from : (ticks[k - 1] as Tick).time);
  }
  return ticks.map((_, i) => beat(ticks, i, cpu[i] as number, periodNano, turns));
}

function beat(
  ticks: readonly Tick[],
  i: number,
  cpu: number,
  periodNano: number,
  turns: readonly Turn[],
): Beat {
  const tick = ticks[i] as Tick;
  const { time, label, stack } = tick;
  switch (tick.state) {
    case State.idle:
      return { time, cpu, kind: "idle", owner: NOBODY, gc: false };
    case State.gc:
      return { time, cpu, kind: "js", owner: { label, stack: interrupted(ticks, i) ?? stack }, gc: true };
    case State.program: {
      const shared = agreed(ticks, i, periodNano, turns) ?? continued(ticks, i, periodNano, turns);
      if (shared !== undefined) {
        return { time, cpu, kind: "js", owner: { label: shared, stack }, gc: false };
      }
      return { time, cpu, kind: "runtime", owner: NOBODY, gc: false };
    }
    default:
      if (label < 0) {
        const turn = turnAt(turns, time);
        const shared = turn === undefined ? agreed(ticks, i, periodNano, turns) : turn.label;
        if (shared !== undefined) {
          return { time, cpu, kind: "js", owner: { label: shared, stack }, gc: false };
        }
      }
      return { time, cpu, kind: "js", owner: { label, stack }, gc: false };
  }
}

/**
 * The stack that the collector interrupted: V8 shows a collection without it. It is that of the nearest JavaScript tick of
 * the same label with nothing but collections in between, the one before if both are as near.
 */
function interrupted(ticks: readonly Tick[], i: number): number | undefined {
  const { time, label } = ticks[i] as Tick;
  const beside = (step: 1 | -1): Tick | undefined => {
    let k = i + step;
    while (ticks[k]?.state === State.gc || ticks[k]?.state === State.program) k += step;
    const tick = ticks[k];
    return tick?.state === State.js && tick.label === label ? tick : undefined;
  };
  const before = beside(-1);
  const after = beside(1);
  if (before === undefined || after === undefined) return (before ?? after)?.stack;
  return after.time - time < time - before.time ? after.stack : before.stack;
}

/** The label of the turn around it, if the tick before shows that no other work came between. */
function continued(
  ticks: readonly Tick[],
  i: number,
  periodNano: number,
  turns: readonly Turn[],
): number | undefined {
  const label = turnAt(turns, (ticks[i] as Tick).time)?.label ?? -1;
  const before = neighbour(ticks, i, -1, periodNano, turns);
  return label >= 0 && before !== undefined && before !== "edge" && before.label === label
    ? label
    : undefined;
}

function turnAt(turns: readonly Turn[], time: number): Turn | undefined {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((turns[middle] as Turn).end <= time) low = middle + 1;
    else high = middle;
  }
  const turn = turns[low];
  return turn !== undefined && turn.start <= time ? turn : undefined;
}

/** The label on which the busy ticks before and behind agree; at the edge of a window one of them is enough. */
function agreed(
  ticks: readonly Tick[],
  i: number,
  periodNano: number,
  turns: readonly Turn[],
): number | undefined {
  const before = neighbour(ticks, i, -1, periodNano, turns);
  const after = neighbour(ticks, i, 1, periodNano, turns);
  if (before === "edge") return after === "edge" ? undefined : after?.label;
  if (after === "edge") return before?.label;
  return before !== undefined && before.label === after?.label ? before.label : undefined;
}

/** Periods without a tick in which anything may have run. With a journal strangers' work would be a turn. */
const FAR = 2.5;
const FAR_JOURNAL = 6;

/** The next tick in that direction that is not `(program)`, if no time was lost on the way and it was busy. */
function neighbour(
  ticks: readonly Tick[],
  i: number,
  step: 1 | -1,
  periodNano: number,
  turns: readonly Turn[],
): Tick | "edge" | undefined {
  let at = (ticks[i] as Tick).time;
  const turn = turnAt(turns, at);
  for (let k = i + step; k >= 0 && k < ticks.length; k += step) {
    const tick = ticks[k] as Tick;
    const within = turn !== undefined && turn.start <= tick.time && tick.time < turn.end;
    if (!within && Math.abs(tick.time - at) > (turns.length > 0 ? FAR_JOURNAL : FAR) * periodNano)
      return undefined;
    if (tick.state === State.idle) return undefined;
    // With a journal a stranger's work would be a turn of its own.
    const blank = tick.state === State.js && tick.label < 0 && turn === undefined && turns.length > 0;
    if (tick.state !== State.program && !(blank && turnAt(turns, tick.time) === undefined)) return tick;
    at = tick.time;
  }
  return "edge";
}
