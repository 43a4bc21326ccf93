import type { LedgerClass, WaitPart } from "../types.ts";
import type { Segment } from "../timeline/segment.ts";

/** A stretch of the span's time with its class. Whole ns on the timeline's axis; pieces touch. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly class: LedgerClass;
  readonly part?: WaitPart | undefined;
  /** What the thread did; undefined outside of what was sampled. */
  readonly segment: Segment | undefined;
  /** Its start is known to within ± this. */
  readonly edge: number;
}

/** How much of `loop.held` (and of `loop_return`) the bounds on the moment of readiness move. ns to take off or put on. */
export interface HoldBounds {
  readonly start: number;
  readonly end: number;
  /** At least and at most this of [start, end) was delay. */
  readonly nano: number;
  readonly low: number;
  readonly high: number;
  /** The class that has what was no delay. */
  readonly instead: LedgerClass;
  /** The child whose answer had to wait, or its request. */
  readonly child: string | undefined;
  readonly sent: boolean;
}
