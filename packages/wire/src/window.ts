/** A window in memory, as the agent fills it and the correlator reads it: the columns of `window.proto` as typed arrays. */

/** 32 lower-case hex digits. */
export type TraceId = string & { readonly __brand?: "TraceId" };
/** 16 lower-case hex digits. */
export type SpanId = string & { readonly __brand?: "SpanId" };

export type Mode = "continuous" | "amortised" | "on_demand" | "slow_only";

/** How the sampler learns the active span; see ContextPath in `window.proto`. */
export type ContextPath = "frame" | "hooks" | "with";

export const TickState = { js: 1, gc: 2, program: 3, idle: 4 } as const;

/** What a macrotask had been waiting for; see ResumeSource in `window.proto`. */
export const ResumeSource = { timer: 1, socket: 2, pool: 3, message: 4, other: 5 } as const;

/** The same instant on the process's monotonic clock and as Unix time, both in nanoseconds. */
export interface ClockPair {
  readonly monotonicNanos: bigint;
  readonly epochNanos: bigint;
}

export interface Cgroup {
  readonly version: 1 | 2;
  /** CPU quota per period, microseconds; 0 is unlimited. */
  readonly quotaMicros: number;
  readonly periodMicros: number;
  /** Growth within this window. */
  readonly nrThrottled: number;
  readonly throttledMicros: number;
}

export interface LoopDelay {
  readonly p50Nanos: number;
  readonly p99Nanos: number;
  readonly maxNanos: number;
}

export interface Header {
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** 32 hex digits, random per window. */
  readonly profileId: string;
  /** 1-based part of a split window, and the number of parts. */
  readonly part: number;
  readonly parts: number;
  /** 32 hex digits, random per process start. */
  readonly instance: string;
  /** Node's threadId; 0 is the main thread. */
  readonly threadId: number;
  readonly threadName: string;
  /** Counts windows of this (instance, thread) from 0. */
  readonly seq: number;
  readonly start: ClockPair;
  readonly end: ClockPair;
  readonly periodNanos: number;
  readonly expectedTicks: number;
  readonly takenTicks: number;
  readonly droppedContexts: number;
  readonly flushStallNanos: number;
  readonly threadCpuNanos: number;
  readonly processCpuNanos: number;
  readonly quietLoop: boolean;
  readonly mode: Mode;
  /** Of `slow_only`, which says how much is kept: when the thread is sampled. Undefined: unknown. */
  readonly schedule?: Mode | undefined;
  readonly contextPath: ContextPath;
  readonly cgroup?: Cgroup | undefined;
  readonly loopDelay?: LoopDelay | undefined;
  /** OpenTelemetry resource attributes as text, `service.name` among them. */
  readonly resource: Readonly<Record<string, string>>;
}

/** Every tick in time order, idle ones included; columns of equal length. Semantics: `Ticks` in `window.proto`. */
export interface Ticks {
  readonly deltaMicros: Uint32Array;
  readonly state: Uint8Array;
  readonly cpuMicros: Uint32Array;
  /** 1-based row of `labels`; 0: none. */
  readonly label: Uint32Array;
  /** 1-based sample of `pprof`; 0: none. */
  readonly stack: Uint32Array;
  /** Ticks per entry; length 0 means 1 each. */
  readonly run: Uint32Array;
}

export interface Label {
  readonly traceId: TraceId | "";
  readonly spanId: SpanId | "";
  readonly localRootId: SpanId | "";
  readonly endpoint: string;
  readonly sampled: boolean;
  readonly user: Readonly<Record<string, string>>;
}

export interface Journal {
  readonly thresholdMicros: number;
  readonly turnDeltaMicros: Uint32Array;
  readonly turnBusyMicros: Uint32Array;
  readonly turnLabel: Uint32Array;
  readonly resumeDeltaMicros: Uint32Array;
  readonly resumeLabel: Uint32Array;
  /** `ResumeSource`; length 0: unknown. */
  readonly resumeSource: Uint8Array;
  /** How long a timer had been due, 0 for others; length 0: unknown. */
  readonly resumeLateMicros: Uint32Array;
  /** When it was read how long the thread had been ready to run without a processor; length 0: not known. */
  readonly runDelayDeltaMicros: Uint32Array;
  /** The time that a reading covers, up to it. */
  readonly runDelaySpanMicros: Uint32Array;
  readonly runDelayMicros: Uint32Array;
  readonly droppedTurns: number;
  readonly droppedResumes: number;
}

export interface Events {
  readonly gcDeltaMicros: Uint32Array;
  readonly gcDurationMicros: Uint32Array;
  readonly gcKind: Uint8Array;
  readonly poolDeltaMicros: Uint32Array;
  readonly poolQueueMicros: Uint32Array;
}

/** What a window holds that stands for no time. */
export function emptyColumns(): { readonly ticks: Ticks; readonly events: Events } {
  const numbers = new Uint32Array(0);
  const bytes = new Uint8Array(0);
  return {
    ticks: {
      deltaMicros: numbers,
      state: bytes,
      cpuMicros: numbers,
      label: numbers,
      stack: numbers,
      run: numbers,
    },
    events: {
      gcDeltaMicros: numbers,
      gcDurationMicros: numbers,
      gcKind: bytes,
      poolDeltaMicros: numbers,
      poolQueueMicros: numbers,
    },
  };
}

/** Why a heap profile was taken: it was time for one, or the heap was about to pass its limit. */
export type HeapReason = "interval" | "near_limit";

/** Of a window without ticks, at the moment of its start and end. Semantics: `HeapProfile` in `window.proto`. */
export interface HeapProfile {
  readonly reason: HeapReason;
  /** Mean bytes between two samples. */
  readonly intervalBytes: number;
  /** An uncompressed pprof Profile: `inuse_objects`, `inuse_space`, and maybe `alloc_objects`, `alloc_space`. */
  readonly pprof: Uint8Array;
}

export interface Window {
  readonly header: Header;
  readonly ticks: Ticks;
  readonly labels: readonly Label[];
  /** Absent when the journal is off. */
  readonly journal?: Journal | undefined;
  readonly events: Events;
  /** An uncompressed pprof Profile. */
  readonly pprof: Uint8Array;
  readonly heap?: HeapProfile | undefined;
}
