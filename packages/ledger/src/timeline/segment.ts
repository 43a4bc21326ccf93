/**
 * What the thread did. js: on CPU in JavaScript or in native code called from it. runtime: on CPU without an owner (libuv,
 * parsers, short turns nobody saw). blocked: a stack on top but no CPU used. stalled: work to do, but no CPU given. idle:
 * the loop slept, so nothing was ready. lost: nobody saw it.
 */
export type SegmentKind = "js" | "gc" | "runtime" | "blocked" | "stalled" | "idle" | "lost";

/** Times in ns since the timeline's origin, whole numbers; segments touch. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly kind: SegmentKind;
  /** Index into the timeline's labels; -1: none. */
  readonly label: number;
  /** Index into the timeline's stacks; -1: none. */
  readonly stack: number;
  /** The start is known to within ± this many ns; 0: exact. */
  readonly edge: number;
}

export interface Owner {
  readonly label: number;
  readonly stack: number;
}

export const NOBODY: Owner = { label: -1, stack: -1 };

/** Collects segments left to right: no gap, no overlap, equal neighbours merged. */
export class SegmentList {
  readonly segments: Segment[] = [];
  #at: number;

  constructor(start: number) {
    this.#at = start;
  }

  get end(): number {
    return this.#at;
  }

  /** Up to `end`; nothing if that is not ahead. */
  to(end: number, kind: SegmentKind, owner: Owner, edge = 0): void {
    const until = Math.round(end);
    if (until <= this.#at) return;
    const last = this.segments.at(-1);
    if (
      last !== undefined &&
      last.kind === kind &&
      last.label === owner.label &&
      last.stack === owner.stack
    ) {
      this.segments[this.segments.length - 1] = { ...last, end: until };
    } else {
      this.segments.push({
        start: this.#at,
        end: until,
        kind,
        label: owner.label,
        stack: owner.stack,
        edge: last === undefined ? 0 : edge,
      });
    }
    this.#at = until;
  }
}
