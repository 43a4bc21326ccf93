import type { Owner } from "./segment.ts";
import { NOBODY } from "./segment.ts";
import { type Resume, State, type Tick, type Turn } from "./stream.ts";

/** Ticks and turns are told in whole microseconds. */
export const CLOCK_NANO = 1000;

/** A tick as the gap rules read it. */
export interface Beat {
  readonly time: number;
  readonly kind: "js" | "runtime" | "idle";
  readonly owner: Owner;
  /** ns of CPU since the beat before. */
  readonly cpu: number;
  readonly gc: boolean;
}

/** What the journal of a window says; both empty without one. */
export interface Journalled {
  readonly turns: readonly Turn[];
  readonly resumes: readonly Resume[];
}

const NOTHING: Journalled = { turns: [], resumes: [] };

/**
 * `(program)` ticks are 17–49 % of an await storm, never labelled, and their CPU comes with the next tick. Both neighbours
 * agree on the label in 97–100 % of cases: then it is theirs (`agreed`), else the runtime's. Garbage collector ticks keep their
 * label; what of them was collection is carved out by the exact events, so the rest belongs to the code around.
 *
 * A JavaScript tick without a label is whose turn the journal says it is, else its neighbours', if they agree: a hook, or what
 * V8 runs before the context is restored.
 * @param from where the CPU of the first tick begins to count.
 */
export function beatsOf(
  ticks: readonly Tick[],
  from: number,
  periodNano: number,
  journal: Journalled = NOTHING,
): Beat[] {
  const { turns } = journal;
  const { length } = ticks;
  const cpu = new Float64Array(length);
  let first = 0;
  let used = 0;
  for (let i = 0; i < length; i++) {
    const tick = ticks[i] as Tick;
    used += tick.cpu;
    if (tick.state === State.program) continue;
    // Gaps first..i share this CPU.
    let rest = used;
    const began = first === 0 ? from : (ticks[first - 1] as Tick).time;
    const total = tick.time - began;
    const awake = busyIn(turns, began, tick.time);
    const inTurns = awake > 0 ? Math.min(1, used / awake) : 0;
    const outside = total > awake ? Math.max(0, used - awake) / (total - awake) : 0;
    for (let k = first; k < i; k++) {
      const start = k === 0 ? from : (ticks[k - 1] as Tick).time;
      const { time } = ticks[k] as Tick;
      const gap = time - start;
      const busy = awake > 0 ? busyIn(turns, start, time) : 0;
      // Before sleep the CPU was used up first; between busy ticks it was spread, over the turns before the rest.
      const share = tick.state === State.idle ? Math.min(gap, rest) : inTurns * busy + outside * (gap - busy);
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
  return ticks.map((_, i) => beat(ticks, i, cpu[i] as number, periodNano, journal));
}

function beat(ticks: readonly Tick[], i: number, cpu: number, periodNano: number, journal: Journalled): Beat {
  const { turns } = journal;
  const tick = ticks[i] as Tick;
  const { time, label, stack } = tick;
  switch (tick.state) {
    case State.idle: {
      // The poll phase between short macrotasks of one owner, all of it on CPU: a chain of immediates.
      const gap = time - (ticks[i - 1]?.time ?? time);
      if (cpu > 0.8 * gap && turns.length > 0 && turnAt(turns, time) === undefined) {
        const shared = agreed(ticks, i, periodNano, journal);
        if (shared !== undefined && ticks[i + 1] !== undefined)
          return { time, cpu, kind: "js", owner: { label: shared, stack: -1 }, gc: false };
      }
      return { time, cpu, kind: "idle", owner: NOBODY, gc: false };
    }
    case State.gc:
      return { time, cpu, kind: "js", owner: { label, stack: interrupted(ticks, i) ?? stack }, gc: true };
    case State.program: {
      const shared = agreed(ticks, i, periodNano, journal);
      if (shared !== undefined) return { time, cpu, kind: "js", owner: { label: shared, stack }, gc: false };
      // With no other tick in it, it shows no more of its turn than what the turn began with.
      const begun = alone(ticks, i, turns);
      if (begun !== undefined)
        return { time, cpu, kind: "js", owner: { label: begun, stack: -1 }, gc: false };
      return { time, cpu, kind: "runtime", owner: NOBODY, gc: false };
    }
    default:
      if (label < 0) {
        const turn = turnAt(turns, time);
        // At the very instant at which a turn follows another it may show either.
        const seam = turn !== undefined && time - turn.start <= CLOCK_NANO && turnAt(turns, turn.start - 1);
        if (seam) return { time, cpu, kind: "js", owner: { label, stack }, gc: false };
        const begun = turn?.label ?? -1;
        const shared = begun >= 0 ? begun : agreed(ticks, i, periodNano, journal);
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

function turnAt(turns: readonly Turn[], time: number): Turn | undefined {
  const turn = turns[firstEnding(turns, time)];
  return turn !== undefined && turn.start <= time ? turn : undefined;
}

/** Index of the first turn that ends behind `time`. */
function firstEnding(turns: readonly Turn[], time: number): number {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((turns[middle] as Turn).end <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last one at or before `time`. */
export function lastResume(resumes: readonly Resume[], time: number): Resume | undefined {
  let low = 0;
  let high = resumes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((resumes[middle] as Resume).time <= time) low = middle + 1;
    else high = middle;
  }
  return resumes[low - 1];
}

function busyIn(turns: readonly Turn[], start: number, end: number): number {
  let sum = 0;
  for (let i = firstEnding(turns, start); i < turns.length; i++) {
    const turn = turns[i] as Turn;
    if (turn.start >= end) break;
    sum += Math.min(turn.end, end) - Math.max(turn.start, start);
  }
  return sum;
}

/**
 * The label on which what is known before and behind agrees. In a turn of the journal that is the turn's own ticks, and one
 * of them is enough: nothing else can have come between. If they differ it is what the turn began with, if the tick before has
 * that, too. Outside of the turns busy ticks and turns speak; at the edge of a window one is enough.
 */
function agreed(
  ticks: readonly Tick[],
  i: number,
  periodNano: number,
  journal: Journalled,
): number | undefined {
  const turn = turnAt(journal.turns, (ticks[i] as Tick).time);
  if (turn !== undefined) {
    const before = inTurn(ticks, i, -1, turn);
    const after = inTurn(ticks, i, 1, turn);
    if (before === after || after === undefined) return before;
    return before === undefined || before === turn.label ? (before ?? after) : undefined;
  }
  const before = neighbour(ticks, i, -1, periodNano, journal);
  const after = neighbour(ticks, i, 1, periodNano, journal);
  if (before === "edge") return after === "edge" ? undefined : after;
  if (after === "edge") return before;
  return before === after ? before : undefined;
}

/** What its turn began with, if no other tick shows whose work it was. */
function alone(ticks: readonly Tick[], i: number, turns: readonly Turn[]): number | undefined {
  const turn = turnAt(turns, (ticks[i] as Tick).time);
  if (turn === undefined) return undefined;
  const other = inTurn(ticks, i, -1, turn) ?? inTurn(ticks, i, 1, turn);
  return other === undefined ? known(turn.label) : undefined;
}

function known(label: number): number | undefined {
  return label < 0 ? undefined : label;
}

/** A tick this near to the beginning of a turn may still show the one before. */
const SEAM_NANO = 100_000;

/** The label of the next tick in that direction that has one, within the turn. */
function inTurn(ticks: readonly Tick[], i: number, step: 1 | -1, turn: Turn): number | undefined {
  for (let k = i + step; k >= 0 && k < ticks.length; k += step) {
    const { time, state, label } = ticks[k] as Tick;
    if (time < turn.start || time >= turn.end || state === State.idle) return undefined;
    if (state === State.program || label < 0) continue;
    return time < turn.start + SEAM_NANO && label !== turn.label ? undefined : label;
  }
  return undefined;
}

/** Periods without a tick in which anything may have run. With a journal strangers' work would be a turn. */
const FAR = 2.5;
const FAR_JOURNAL = 6;
/** A tick of a waking and the turn it begins are this near. */
const EDGE_NANO = 250_000;

/**
 * The label of what ran next in that direction, outside of the turns: a tick that is not `(program)`, a turn of the journal or a
 * resume, if no time was lost on the way and the thread stayed busy.
 */
function neighbour(
  ticks: readonly Tick[],
  i: number,
  step: 1 | -1,
  periodNano: number,
  journal: Journalled,
): number | "edge" | undefined {
  let at = (ticks[i] as Tick).time;
  const { length } = journal.turns;
  const far = (length > 0 ? FAR_JOURNAL : FAR) * periodNano;
  const witness = witnessed(at, step, periodNano, journal);
  for (let k = i + step; k >= 0 && k < ticks.length; k += step) {
    const tick = ticks[k] as Tick;
    // The idle tick of a waking stands right before the turn that it begins.
    const near = tick.state === State.idle ? EDGE_NANO : 0;
    if (witness !== undefined && step * (tick.time - witness.time) >= -near) {
      return Math.abs(witness.time - at) > far ? undefined : known(witness.label);
    }
    if (Math.abs(tick.time - at) > far || tick.state === State.idle) return undefined;
    // With a journal a stranger's work would be a turn of its own.
    const blank = tick.state === State.js && tick.label < 0 && length > 0;
    if (tick.state !== State.program && !blank) return tick.label;
    at = tick.time;
  }
  if (witness === undefined) return "edge";
  return Math.abs(witness.time - at) > far ? undefined : known(witness.label);
}

/** The nearest turn or resume in that direction. */
function witnessed(
  time: number,
  step: 1 | -1,
  periodNano: number,
  { turns, resumes }: Journalled,
): { readonly time: number; readonly label: number } | undefined {
  const next = firstEnding(turns, time);
  const turn = turns[step > 0 ? next : next - 1];
  // Resumes follow a turn: before the next turn there is none.
  const resume = step > 0 ? undefined : lastResume(resumes, time);
  // A short turn without a label may be the agent's own.
  const silent = turn === undefined || (turn.label < 0 && turn.end - turn.start < periodNano);
  const found = [
    ...(silent ? [] : [{ time: step > 0 ? turn.start : turn.end, label: turn.label }]),
    ...(resume === undefined || resume.label < 0 ? [] : [resume]),
  ];
  return found.reduce<{ time: number; label: number } | undefined>(
    (nearest, each) => (nearest === undefined || step * (nearest.time - each.time) > 0 ? each : nearest),
    undefined,
  );
}
