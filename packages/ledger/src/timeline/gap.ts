import type { BusyPiece, Side } from "./busy.ts";
import { side } from "./busy.ts";
import type { Beat } from "./program.ts";
import { NOBODY } from "./segment.ts";
import type { Resume, Turn } from "./stream.ts";

/** The time between two ticks. */
export interface Gap {
  readonly start: number;
  readonly end: number;
  /** ns of CPU used in it. */
  readonly cpu: number;
  /** The tick at its start and end; undefined at the edge of what was sampled. */
  readonly left: Beat | undefined;
  readonly right: Beat | undefined;
  /** The gap before the left tick, and the one behind the right tick, used next to no CPU under the same stack. */
  readonly leftLow: boolean;
  readonly rightLow: boolean;
  /** The loop slept in the gap before: the left idle tick was its waking. */
  readonly woke: boolean;
  readonly late: boolean;
  readonly quiet: boolean;
  readonly throttled: boolean;
  readonly contended: boolean;
  /** ns of collections between two times. */
  readonly gcIn: (start: number, end: number) => number;
  /** Turns of the journal that reach into it; undefined without a journal. */
  readonly turns: readonly Turn[] | undefined;
  /** The turn that begins with its right tick, a waking. */
  readonly next: Turn | undefined;
  /** All of the window. */
  readonly resumes: readonly Resume[];
  /** Of the time in a turn without CPU, the share in which the thread was ready to run; undefined: not known. */
  readonly stalled: ((time: number) => number) | undefined;
  /** ns between two times outside of the turns, in which the thread was ready to run and got no processor. */
  readonly awaited: (start: number, end: number) => number;
  /** Whether calls are known to block under that stack. */
  readonly blocks: (stack: number) => boolean;
  readonly periodNano: number;
}

export const RUNTIME: Side = side("runtime", NOBODY);

export function busySide(beat: Beat | undefined, low: boolean): Side | undefined {
  return beat === undefined || beat.kind === "idle" ? undefined : side(beat.kind, beat.owner, low);
}

/** A busy stretch of the gap, or all of it. */
export function piece(gap: Gap, rest: Partial<BusyPiece>): BusyPiece {
  const { start = gap.start, end = gap.end } = rest;
  return {
    start,
    end,
    gc: gap.gcIn(start, end),
    contended: gap.contended,
    cpu: gap.cpu,
    left: busySide(gap.left, gap.leftLow),
    right: busySide(gap.right, gap.rightLow),
    blocks: gap.blocks,
    stalled: gap.stalled?.((start + end) / 2),
    fallback: RUNTIME,
    sure: false,
    late: gap.late,
    throttled: gap.throttled,
    periodNano: gap.periodNano,
    edge: 0,
    ...rest,
  };
}
