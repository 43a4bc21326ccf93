import { performance } from "node:perf_hooks";
import type { ClockPair, Mode } from "@hotspan/wire";
import type { CgroupCounters } from "../facts/cgroup.ts";
import { cgroupReader } from "../facts/cgroup.ts";
import { clockPair } from "../facts/clock.ts";
import { cpuNanos, threadNanos } from "../facts/cpu.ts";
import { GcEvents } from "../facts/gc.ts";
import { PoolProbe } from "../facts/pool-probe.ts";
import { TurnJournal } from "../journal.ts";
import type { Labeller } from "../labelling/labeller.ts";
import type { SpanBook } from "../otel/span-book.ts";
import { type NativeSampler, type RawProfile, release } from "../sampler/native.ts";
import type { QuietLoop } from "../sampler/quiet-loop.ts";
import { StuckDetector } from "../sampler/stuck.ts";
import { debug, warnOnce } from "../log.ts";
import type { SourceMaps } from "../source-maps/source-maps.ts";
import type { TakenWindow } from "./assemble.ts";
import type { Detail } from "./detail.ts";
import { EndpointBudget } from "./endpoint.ts";
import { FileNames } from "./file-names.ts";

export interface RecorderOptions {
  readonly instance: string;
  readonly threadId: number;
  readonly threadName: string;
  readonly hz: number;
  readonly quietLoop: boolean;
  /** Undefined: not to be looked into. */
  readonly loop?: QuietLoop | undefined;
  readonly journal: boolean;
  readonly mode: Mode;
  /** Of slow-only mode. */
  readonly schedule: Mode | undefined;
  /** Undefined: everything. */
  readonly detail: Detail | undefined;
  readonly seq: { next: number };
  readonly sampler: NativeSampler;
  readonly labeller: Labeller;
  readonly book: SpanBook;
  readonly resource: () => Record<string, string>;
  /** Undefined: frames stay as V8 names them. */
  readonly maps?: SourceMaps | undefined;
}

/** One edge of a window. */
export interface Mark {
  readonly clock: ClockPair;
  /** The same instant as `performance.now()`: the same clock from another zero. */
  readonly performanceMillis: number;
  readonly cpu: ReturnType<typeof cpuNanos>;
  readonly cgroup: CgroupCounters | undefined;
}

/**
 * V8 hands a tree over at once, some 2 µs a sample and 1.5 a node, in which the loop stands still. So a window of more hits than
 * this is taken in slices of about as many; one of 10 s at 99 Hz has fewer.
 */
const SLICE_HITS = 1000;

/** Samples one thread from `start` to `stop` and cuts the stream into windows. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #gc = new GcEvents();
  readonly #probe: PoolProbe;
  readonly #journal: TurnJournal | undefined;
  readonly #endpoints = new EndpointBudget();
  readonly #files = new FileNames(process.cwd());
  readonly #readCgroup = cgroupReader();
  #stuck: StuckDetector;
  #periodMicros: number;
  #sampler: NativeSampler;
  #journalOn: boolean;
  readonly #shiftMillis = performanceShift();
  #mark: Mark | undefined;
  #slicing: NodeJS.Timeout | undefined;
  #slices: RawProfile[] = [];
  /** Of the slices: the longest stall, and all CPU. */
  #stallNanos = 0;
  #cpuNanos = 0;
  /** A slice that could not be taken is told of by the next `take`: nobody hears a timer. */
  #failure: Error | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#sampler = options.sampler;
    this.#periodMicros = Math.round(1e6 / options.hz);
    this.#stuck = new StuckDetector();
    this.#probe = new PoolProbe(options.quietLoop, options.loop?.requests);
    this.#journalOn = options.journal && options.quietLoop;
    if (this.#journalOn) {
      this.#journal = new TurnJournal(options.labeller, options.book, this.#probe);
      this.#probe.follow(this.#journal.own);
    }
  }

  /** The first start of V8's profiler holds the loop for 10 to 450 ms, depending on how much code is loaded. */
  start(): void {
    this.#sampler.start();
    this.#stuck = new StuckDetector();
    this.#options.labeller.catchUp();
    this.#gc.start();
    this.#probe.start();
    if (this.#journalOn) this.#journal?.start();
    this.#mark = this.#now();
    clearInterval(this.#slicing);
    this.#slicing = setInterval(() => this.#sliceIfMany(), (SLICE_HITS * this.#periodMicros) / 1000).unref();
  }

  /**
   * Goes on with another sampler, which starts as the first one did: that is the only way to another rate. Between the
   * windows nothing is sampled meanwhile, and they say so by their times. To be called once the last window was taken.
   */
  resume(sampler: NativeSampler, hz: number): void {
    this.#sampler = sampler;
    this.#periodMicros = Math.round(1e6 / hz);
    this.#options.labeller.connect(sampler);
    this.start();
  }

  /** Ends without a last window: something went wrong, and nothing may go on to grow. */
  abandon(): void {
    this.#mark = undefined;
    clearInterval(this.#slicing);
    const sampler = this.#sampler;
    for (const end of [
      () => this.#journal?.stop(),
      () => this.#probe.stop(),
      () => this.#gc.stop(),
      // Refused if it has been stopped; disposed of while it runs, its thread would go on with what is gone.
      () => sampler.stop(false),
      () => release(sampler),
    ])
      try {
        end();
      } catch (error) {
        debug("while giving up", error);
      }
  }

  /** Between windows: a window is either with a journal or without one. */
  keepJournal(on: boolean): void {
    if (on === this.#journalOn || this.#journal === undefined) return;
    this.#journalOn = on;
    if (on) {
      this.#journal.start();
      this.#probe.follow(this.#journal.own);
    } else {
      this.#journal.stop();
      this.#probe.alone();
    }
  }

  /** Ends the window and begins the next; `undefined` before `start` and after the last one. */
  take(last = false): TakenWindow | undefined {
    const from = this.#mark;
    if (from === undefined) return undefined;
    if (this.#failure !== undefined) throw this.#failure;
    const cpu = threadNanos();
    const began = process.hrtime.bigint();
    if (last) {
      this.#journal?.stop();
      this.#probe.stop();
      clearInterval(this.#slicing);
    } else this.#slicing?.refresh();
    this.#takeSlice(last);
    const slices = this.#slices;
    this.#slices = [];
    const to = this.#now(from.clock);
    const journal = this.#journalOn ? this.#journal?.take() : undefined;
    const gc = () => this.#gc.take(from.performanceMillis, to.performanceMillis);
    const pool = this.#probe.take();
    if (last) {
      this.#mark = undefined;
      this.#gc.stop();
      release(this.#sampler);
    } else {
      this.#mark = to;
      this.#restartIfStuck();
    }
    this.#spent(began, cpu);
    const stallNanos = this.#stallNanos;
    const spentNanos = this.#cpuNanos;
    this.#stallNanos = this.#cpuNanos = 0;
    return {
      from,
      to,
      slices,
      journal,
      gc,
      pool,
      seq: this.#options.seq.next++,
      periodMicros: this.#periodMicros,
      endpoints: this.#endpoints,
      files: this.#files,
      options: this.#options,
      stallNanos,
      cpuNanos: spentNanos,
    };
  }

  #sliceIfMany(): void {
    try {
      if ((this.#sampler.state[0] ?? 0) < SLICE_HITS / 2) return;
      const cpu = threadNanos();
      const began = process.hrtime.bigint();
      this.#takeSlice(false);
      this.#restartIfStuck();
      this.#spent(began, cpu);
    } catch (error) {
      clearInterval(this.#slicing);
      this.#failure = new Error("a slice could not be taken", { cause: error });
    }
  }

  #takeSlice(last: boolean): void {
    this.#slices.push(this.#sampler.stop(!last));
    this.#options.labeller.windowTaken();
  }

  #spent(began: bigint, cpu: number): void {
    this.#stallNanos = Math.max(this.#stallNanos, Number(process.hrtime.bigint() - began));
    this.#cpuNanos += threadNanos() - cpu;
  }

  #now(previous?: ClockPair): Mark {
    const clock = clockPair(previous, this.#options.loop?.epochNanos);
    return {
      clock,
      performanceMillis: Number(clock.monotonicNanos) / 1e6 - this.#shiftMillis,
      cpu: cpuNanos(),
      cgroup: this.#readCgroup(),
    };
  }

  /** V8's sampler thread can spin and take no samples: https://github.com/DataDog/pprof-nodejs, `workaroundV8Bug`. */
  #restartIfStuck(): void {
    const sampler = this.#sampler;
    if (!this.#stuck.window(sampler.v8ProfilerStuckEventLoopDetected(), this.#periodMicros)) return;
    warnOnce("HOTSPAN_AGENT_SAMPLER_STUCK", "V8's sampler was stuck and has been restarted");
    sampler.stop(false);
    sampler.start();
  }
}

/**
 * What `hrtime` is ahead of `performance.now()`, milliseconds: a constant of the thread. The best of some readings one behind
 * the other, since the thread may be interrupted between any two.
 */
function performanceShift(): number {
  let shift = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < 20; i++)
    shift = Math.max(shift, Number(process.hrtime.bigint()) / 1e6 - performance.now());
  return shift;
}
