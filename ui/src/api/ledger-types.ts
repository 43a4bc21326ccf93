// The shapes of the ledger, the timeline and the root cause, from the query API's contract. Durations and offsets
// in whole nanoseconds, shares 0..1, `low`–`high` the 95 % interval.
import type { Timeline } from "@hotspan/query-api/types";

export type {
  Contribution,
  Delayed,
  Ledger,
  LedgerBlame,
  LedgerChild,
  LedgerClass,
  LedgerRow,
  RootCause,
  Timeline,
  WaitPart,
} from "@hotspan/query-api/types";
export type TimelineLabel = NonNullable<Timeline["labels"][number]>;

/** A side of a comparison; what is given must all hold. One percentile is that one and slower; instants in Unix ms. */
export interface Side {
  readonly percentile?: number | readonly [number, number] | undefined;
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  readonly version?: string | undefined;
  readonly instance?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}
