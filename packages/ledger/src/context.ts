import type { Timeline } from "./timeline/timeline.ts";
import type { ClockSkew, LedgerSpan } from "./types.ts";

/** What is known around a span. */
export interface LedgerContext {
  /** All known spans of the trace, in any order; of several traces for `delayedBy`. */
  readonly spans: readonly LedgerSpan[];
  /** `buildTimeline` of that thread, covering the span; undefined: it was not sampled then. */
  readonly timelineOf: (instance: string, thread: number) => Timeline | undefined;
  /**
   * Clock of `server` against that of `client` (`estimateSkew`; zeros for two processes of one host). Undefined: not known,
   * then the server span's end says nothing about when the answer was there.
   */
  readonly skewOf?: (client: LedgerSpan, server: LedgerSpan) => ClockSkew | undefined;
  /** Median duration, ns, of that child's operation when the loop was free. */
  readonly typicalNano?: (child: LedgerSpan) => number | undefined;
  /** Name of a stack's top frame, by which `top` and `blame` are grouped; default: the stack's id. */
  readonly frameOf?: (stack: string) => string;
  /** Entries of each row's `top`; default 10. */
  readonly topLimit?: number;
}
