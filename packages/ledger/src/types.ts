/** What goes into a ledger and what comes out. Unix times are bigint ns; durations and offsets are numbers of ns. */

type Column = ArrayLike<number>;

export interface LedgerLabel {
  /** Empty when the span was not sampled. */
  readonly traceId: string;
  readonly spanId: string;
  readonly localRootId: string;
  /** Name of the local root; empty when unknown. */
  readonly endpoint: string;
}

/** One window (or part of one) of a thread, its columns as on the wire and in `profile_windows`. */
export interface LedgerWindow {
  readonly instance: string;
  readonly thread: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly startMonotonicNano: bigint;
  readonly endMonotonicNano: bigint;
  readonly seq: number;
  readonly part: number;
  readonly parts: number;
  readonly periodNano: number;
  readonly quietLoop: boolean;
  readonly hasJournal: boolean;
  readonly expectedTicks: number;
  readonly takenTicks: number;
  readonly droppedContexts: number;
  /** µs since the previous entry; of the first, since the start. */
  readonly tickDelta: Column;
  /** 1 js, 2 gc, 3 program, 4 idle. */
  readonly tickState: Column;
  /** µs of CPU since the previous tick that brought its CPU. */
  readonly tickCpu: Column;
  /** 1-based row of `labels`; 0: none. */
  readonly tickLabel: Column;
  /** 1-based entry of `stacks`; 0: none. */
  readonly tickStack: Column;
  /** Ticks per entry; empty: 1 each. */
  readonly tickRun: Column;
  readonly labels: readonly LedgerLabel[];
  /** Opaque ids. */
  readonly stacks: readonly string[];
  readonly turnDelta: Column;
  readonly turnBusy: Column;
  readonly turnLabel: Column;
  readonly resumeDelta: Column;
  readonly resumeLabel: Column;
  /** 1 timer, 2 socket, 3 thread pool, 4 message, 5 other; absent or empty: unknown. */
  readonly resumeSource?: Column;
  /** µs for which a timer had been due; absent or empty: unknown. */
  readonly resumeLate?: Column;
  /** µs between readings of how long the thread was ready without a processor; absent or empty: unknown. */
  readonly runDelayDelta?: Column;
  /** µs that a reading covers, up to it. */
  readonly runDelaySpan?: Column;
  /** µs. */
  readonly runDelay?: Column;
  readonly journalThresholdMicros: number;
  readonly cgroupThrottledMicros: number;
}

export interface LedgerEvent {
  readonly kind: "gc_minor" | "gc_major" | "gc_incremental" | "gc_weakcb" | "gc_other" | "pool";
  readonly startUnixNano: bigint;
  /** Of a collection its pause, of a pool probe how long its job waited for a thread. */
  readonly durationNano: number;
}

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer" | "unspecified";

export interface LedgerSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly service: string;
  /** Process start and thread that ran it; null when no span processor said. */
  readonly instance: string | null;
  readonly thread: number | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly endpoint: string | null;
  readonly startUnixNano: bigint;
  readonly durationNano: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** All classes, in the order in which ledgers under each other show them. */
export const LEDGER_CLASSES = [
  "cpu.self",
  "cpu.child",
  "blocked.sync",
  "gc",
  "runtime",
  "loop.held",
  "wait.child",
  "wait.pool",
  "wait.other",
  "stalled",
  "unprofiled",
] as const;
export type LedgerClass = (typeof LEDGER_CLASSES)[number];

/** Parts of `wait.child`. */
export const WAIT_PARTS = ["remote", "network", "overlapped", "loop_return"] as const;
export type WaitPart = (typeof WAIT_PARTS)[number];

export interface LedgerTop {
  /** What the caller's `frameOf` made of the stack; the stack's id without one. */
  readonly frame: string;
  /** The heaviest stack with this frame. */
  readonly stack: string;
  readonly nano: number;
}

/** `low` and `high` are the 95 % interval in ns; low ≤ nano ≤ high. */
export interface LedgerRow<Class extends string = LedgerClass> {
  readonly class: Class;
  readonly nano: number;
  /** Of the span's duration, 0 to 1. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly ticks: number;
  /** Of `wait.child`; they sum to `nano`. */
  readonly parts?: readonly LedgerRow<WaitPart>[];
  /** Heaviest first, at most `topLimit`. */
  readonly top?: readonly LedgerTop[];
}

export type BlameKind = "request" | "unlabelled" | "gc" | "runtime";

export interface LedgerBlame {
  readonly endpoint: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly kind: BlameKind;
  readonly frame: string | null;
  readonly stack: string | null;
  readonly nano: number;
  readonly low: number;
  readonly high: number;
}

export type ChildKind = "db" | "http" | "rpc" | "messaging" | "dns" | "connect" | "tls" | "pool" | "internal";

export interface LedgerChild {
  readonly spanId: string;
  readonly name: string;
  readonly kind: ChildKind;
  /** While the span ran. */
  readonly openNano: number;
  /** Null when nothing is known of the other side. */
  readonly remoteNano: number | null;
  /** How long its request waited for the other side's thread, busy before `remoteNano` began. */
  readonly queuedNano: number;
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

/** ready: rows sum to the duration. too_short: below one period. no_windows: its thread was not sampled at that time. */
export type LedgerState = "ready" | "too_short" | "no_windows";

export interface Ledger {
  readonly state: LedgerState;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly instance: string | null;
  readonly thread: number | null;
  readonly startUnixNano: bigint;
  readonly durationNano: number;
  readonly coverage: LedgerCoverage;
  /** Every class with time or a doubt (`high` > 0), largest first; empty unless ready. */
  readonly rows: readonly LedgerRow[];
  readonly blame: readonly LedgerBlame[];
  readonly children: readonly LedgerChild[];
}

/** Server clock minus client clock, ns. */
export interface ClockSkew {
  readonly offset: number;
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/** One thread's `/timeline`; times in ns from `t0UnixNano`. */
export interface TimelineAround {
  readonly state: LedgerState;
  readonly t0UnixNano: bigint;
  readonly durationNano: number;
  readonly turns: readonly TimelineTurn[];
  readonly gc: readonly TimelinePiece[];
  readonly idle: readonly TimelinePiece[];
  readonly span: readonly (TimelinePiece & { readonly class: LedgerClass })[];
  readonly children: readonly (TimelinePiece & {
    readonly spanId: string;
    readonly name: string;
    readonly answered: number | null;
  })[];
  readonly ticks: readonly { readonly t: number; readonly class: LedgerClass | null }[];
  readonly labels: readonly { traceId: string; spanId: string; endpoint: string }[];
}

export interface TimelinePiece {
  readonly start: number;
  readonly dur: number;
}

export interface TimelineTurn extends TimelinePiece {
  /** Index into `labels`; null: no label. */
  readonly label: number | null;
  readonly frame: string | null;
  readonly stack: string | null;
}

/** Whom a span held up. */
export interface DelayedBy {
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

/** A holder's stack and how long others were delayed by it, summed over the delayed. */
export interface LoopHold {
  /** Which step since 1970 it lies in; 0 where no steps were asked for. */
  readonly step: number;
  readonly stack: string;
  readonly endpoint: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly nano: number;
  readonly delayed: number;
}
