import type { Pause } from "./carve.ts";
import { State, type Tick, type Turn } from "./stream.ts";

/** A collection, and whether it was no scavenge. */
export interface Collection extends Pause {
  readonly major: boolean;
}

/** A task of V8 ends, and the next macrotask begins, within this. */
const TAIL_NANO = 600_000;
/** Shorter ones change nothing. */
const LEAST_NANO = 1e6;

/**
 * V8 runs some collections as tasks of their own, between two macrotasks. No hook sees those, so the journal counts them to the
 * turn before: there they are its last half millisecond and more. Such a collection is nobody's, and its turn ended where it
 * began. Of the 49 recorded major ones at the end of a turn whose ticks tell, 27 of 29 bear no label; of the 26 within a turn all
 * do. Scavenges at the end of a turn without a label bear none in 44 of 51 cases, in the others the tick decides.
 * @param collections in order of their start.
 */
export function splitTasks(
  turns: readonly Turn[],
  collections: readonly Collection[],
  ticks: readonly Tick[],
): Turn[] {
  const found: Turn[] = [];
  let next = 0;
  let tick = 0;
  for (const turn of turns) {
    while (next < collections.length && (collections[next] as Collection).end <= turn.start) next++;
    let last: Collection | undefined;
    for (let i = next; i < collections.length && (collections[i] as Collection).start < turn.end; i++) {
      last = collections[i] as Collection;
    }
    if (last === undefined || last.end - last.start < LEAST_NANO || turn.end - last.end > TAIL_NANO) {
      found.push(turn);
      continue;
    }
    while (tick < ticks.length && (ticks[tick] as Tick).time < last.start) tick++;
    let shown: number | undefined;
    for (let i = tick; i < ticks.length && (ticks[i] as Tick).time < last.end; i++) {
      if ((ticks[i] as Tick).state === State.gc) shown = (ticks[i] as Tick).label;
    }
    if (last.major || (shown === undefined ? turn.label < 0 : shown < 0)) {
      if (last.start > turn.start) found.push({ ...turn, end: last.start });
      found.push({ start: Math.max(last.start, turn.start), end: turn.end, label: -1 });
    } else found.push(turn);
  }
  return found;
}
