import type { ContextTarget, LabelCounts } from "../labelling/labeller.ts";

/** CPU nanoseconds of the agent, by what spends them. */
export interface Cost {
  /** V8's own thread, which symbolises stacks; measured where the system tells, else estimated. */
  readonly sampler: number;
  /** The signal handler on the sampled thread: estimated. */
  readonly ticks: number;
  /** Keeping the sampler's label equal to the active span: counted, priced at start. */
  readonly labels: number;
  /** Counted, priced by benchmark. */
  readonly journal: number;
  /** Taking and encoding windows: measured on the thread. */
  readonly windows: number;
  /** The thread that reads source maps: measured, and spread over some minutes. */
  readonly maps: number;
  /** Compression in the thread pool and the request: estimated. */
  readonly sending: number;
}

export const COST_PARTS = ["sampler", "ticks", "labels", "journal", "windows", "maps", "sending"] as const;

/** 6 to 15 µs measured at 1 kHz in a virtual machine, where a signal is at its dearest. */
const TICK_NANOS = 10_000;
/** V8's thread wakes for each period: 45 to 80 µs measured. Only where its own time cannot be read. */
const PERIOD_NANOS = 60_000;
/** Around the reading itself: the hook or the patched function, and finding the span in the context. */
const LOOKUP_NANOS = 80;
const JOURNAL_NANOS = 110;
/** A reading of the run delay: 0.7 to 0.8 µs of CPU measured. */
const RUN_DELAY_NANOS = 800;
/** zstd, per compressed byte. */
const BYTE_NANOS = 16;
const REQUEST_NANOS = 300_000;

/** What one reading and one change of the sampler's label take here. */
export interface LabelPrices {
  readonly read: number;
  readonly write: number;
}

/** What making and collecting a holder takes, over making it. */
const COLLECTED = 1.6;
const BATCH = 20;
const BATCHES = 8;

/**
 * Before labelling begins, some 0.2 ms.
 * @param inFrames whether contexts live in V8's frames: then a change is a new holder, to be collected one day; and the frame of
 * whoever calls this is the application's.
 */
export function labelPrices(target: ContextTarget, inFrames: boolean): LabelPrices {
  const one = {};
  if (inFrames) return { read: 0, write: batchNanos(() => target.createContextHolder(one)) * COLLECTED };
  const before = target.context;
  const read = batchNanos(() => target.context === one);
  const write = batchNanos(() => {
    target.context = one;
  });
  target.context = before;
  return { read, write };
}

/** Nanoseconds a call: the best of several batches, since the first ones run code that is not compiled yet. */
function batchNanos(fn: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  let result: unknown;
  for (let batch = 0; batch < BATCHES; batch++) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < BATCH; i++) result = fn();
    best = Math.min(best, Number(process.hrtime.bigint() - began) / BATCH);
  }
  // The result is looked at, or the calls would be optimised away.
  return result === batchNanos ? 0 : best;
}

export interface Spent {
  readonly durationNanos: number;
  readonly periodNanos: number;
  /** undefined: the system does not tell. */
  readonly samplerNanos: number | undefined;
  readonly takenTicks: number;
  readonly labels: LabelCounts;
  readonly prices: LabelPrices;
  readonly macrotasks: number;
  /** Readings of the run delay. */
  readonly readings: number;
  /** On the thread, for taking and encoding. */
  readonly windowNanos: number;
  /** Of the thread that reads source maps, the part that falls to this window. */
  readonly mapNanos: number;
  readonly messages: number;
  readonly bytes: number;
}

export function costOf(spent: Spent): Cost {
  return {
    sampler: spent.samplerNanos ?? (spent.durationNanos / spent.periodNanos) * PERIOD_NANOS,
    ticks: spent.takenTicks * TICK_NANOS,
    labels:
      spent.labels.reads * (spent.prices.read + LOOKUP_NANOS) + spent.labels.writes * spent.prices.write,
    journal: spent.macrotasks * JOURNAL_NANOS + spent.readings * RUN_DELAY_NANOS,
    windows: spent.windowNanos,
    maps: spent.mapNanos,
    sending: spent.messages * REQUEST_NANOS + spent.bytes * BYTE_NANOS,
  };
}

export function totalOf(cost: Cost): number {
  let total = 0;
  for (const part of COST_PARTS) total += cost[part];
  return total;
}
