// The shapes of the ledger, the timeline and the root cause, as the API's contract says them. Durations and
// offsets in whole nanoseconds, shares 0..1, `low`–`high` the 95 % interval.
import type { Frame, ProfileState } from "@hotspan/query-api/types";

export type LedgerClass =
  | "cpu.self"
  | "cpu.child"
  | "blocked.sync"
  | "gc"
  | "runtime"
  | "loop.held"
  | "wait.child"
  | "wait.pool"
  | "wait.other"
  | "stalled"
  | "unprofiled";

export type WaitPart = "remote" | "network" | "overlapped" | "loop_return";

/** A function in words, or as the profile has it. */
export type FrameName = string | Frame;

export interface LedgerRow<Class extends string = LedgerClass> {
  readonly class: Class;
  readonly nano: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly ticks: number;
  readonly parts?: readonly LedgerRow<WaitPart>[];
  readonly top?: readonly { readonly frame: FrameName; readonly nano: number }[];
}

export interface LedgerBlame {
  readonly endpoint: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly kind: "request" | "unlabelled" | "gc" | "runtime";
  readonly frame: FrameName | null;
  readonly nano: number;
  readonly low: number;
  readonly high: number;
}

export interface LedgerChild {
  readonly spanId: string;
  readonly name: string;
  readonly kind: string;
  readonly openNano: number;
  readonly remoteNano: number | null;
  readonly networkNano: number | null;
  readonly loopReturnNano: { readonly low: number; readonly high: number };
}

export interface LedgerCoverage {
  readonly periodNano: number;
  readonly expectedTicks: number;
  readonly ticks: number;
  readonly lostTicks: number;
  readonly windows: number;
  readonly clockErrorNano: number;
  readonly method: "journal" | "quiet" | "ticks";
}

/** `rows` is empty unless `state` is `ready`; then they sum to `durationNano`. */
export interface Ledger {
  readonly state: ProfileState;
  readonly retryAfterMs?: number;
  readonly spanId?: string;
  readonly startUnixNano: string;
  readonly durationNano: number;
  readonly coverage: LedgerCoverage;
  readonly rows: readonly LedgerRow[];
  readonly blame: readonly LedgerBlame[];
  readonly children: readonly LedgerChild[];
}

export interface Piece {
  readonly start: number;
  readonly dur: number;
}

export interface TimelineLabel {
  readonly traceId: string;
  readonly spanId: string;
  readonly endpoint: string | null;
}

/** The loop of a span's thread around it; times from `t0UnixNano`. `label` indexes `labels`. */
export interface Timeline {
  readonly state: ProfileState;
  readonly t0UnixNano: string;
  readonly durationNano: number;
  readonly turns: readonly (Piece & { readonly label: number | null; readonly frame: FrameName | null })[];
  readonly gc: readonly Piece[];
  readonly idle: readonly Piece[];
  readonly span: readonly (Piece & { readonly class: LedgerClass })[];
  readonly children: readonly (Piece & {
    readonly spanId: string;
    readonly name: string;
    readonly answered: number | null;
  })[];
  readonly ticks: readonly { readonly t: number; readonly class: LedgerClass | null }[];
  readonly labels: readonly (TimelineLabel | null)[];
}

export interface Delayed {
  readonly delayed: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly service: string;
    readonly endpoint: string | null;
    readonly nano: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly nano: number;
}

/** A side of a comparison. Names combine; `percentile` alone is that one and slower, a pair is between them. */
export interface Side {
  readonly percentile?: number | readonly [number, number];
  readonly minMs?: number;
  readonly maxMs?: number;
  readonly version?: string;
  readonly instance?: string;
  readonly from?: number;
  readonly to?: number;
}

export interface SideSummary {
  readonly spans: number;
  readonly meanNano: number;
  readonly p50Nano: number;
  readonly p95Nano: number;
}

export interface Contribution {
  readonly rank: number;
  readonly class: LedgerClass;
  readonly function?: FrameName | null;
  readonly endpoint?: string | null;
  readonly child?: string | null;
  readonly slowNano: number;
  readonly baselineNano: number;
  readonly deltaNano: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly significant: boolean;
  readonly exampleTraceIds: readonly string[];
}

export interface RootCause {
  readonly slow: SideSummary;
  readonly baseline: SideSummary;
  readonly excessNano: number;
  readonly explainedNano: number;
  readonly coverage: number;
  readonly contributions: readonly Contribution[];
  readonly attributes: readonly {
    readonly key: string;
    readonly value: string;
    readonly slowShare: number;
    readonly baselineShare: number;
    readonly p: number;
  }[];
  readonly sentence: string;
  readonly warnings: readonly string[];
}

/** What `traces?ledger=true` adds to a row; null where the trace has none. */
export interface WithLedger {
  readonly ledger?: readonly { readonly class: LedgerClass; readonly nano: number }[] | null;
}
