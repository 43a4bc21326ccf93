import { performance } from "node:perf_hooks";
import type { ClockPair } from "@hotspan/wire";
import type { CgroupCounters } from "../facts/cgroup.ts";
import { cgroupReader } from "../facts/cgroup.ts";
import { clockPair } from "../facts/clock.ts";
import { cpuNanos } from "../facts/cpu.ts";
import { GcEvents } from "../facts/gc.ts";
import { PoolProbe } from "../facts/pool-probe.ts";
import { TurnJournal } from "../journal.ts";
import type { Labeller } from "../labelling/labeller.ts";
import type { SpanBook } from "../otel/span-book.ts";
import type { NativeSampler } from "../sampler/native.ts";
import { warnOnce } from "../log.ts";
import type { TakenWindow } from "./assemble.ts";
import { EndpointBudget } from "./endpoint.ts";
import { FileNames } from "./file-names.ts";

export interface RecorderOptions {
  readonly instance: string;
  readonly threadId: number;
  readonly threadName: string;
  readonly hz: number;
  readonly quietLoop: boolean;
  readonly journal: boolean;
  readonly sampler: NativeSampler;
  readonly labeller: Labeller;
  readonly book: SpanBook;
  readonly resource: () => Record<string, string>;
}

/** One edge of a window. */
export interface Mark {
  readonly clock: ClockPair;
  /** The same instant as `performance.now()`: the same clock from another zero. */
  readonly performanceMillis: number;
  readonly cpu: ReturnType<typeof cpuNanos>;
  readonly cgroup: CgroupCounters | undefined;
}

/** Samples one thread from `start` to `stop` and cuts the stream into windows. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #gc = new GcEvents();
  readonly #probe: PoolProbe;
  readonly #journal: TurnJournal | undefined;
  readonly #endpoints = new EndpointBudget();
  readonly #files = new FileNames(process.cwd());
  readonly #readCgroup = cgroupReader();
  readonly #periodMicros: number;
  readonly #shiftMillis = performanceShift();
  #seq = 0;
  #mark: Mark | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#periodMicros = Math.round(1e6 / options.hz);
    this.#probe = new PoolProbe(options.quietLoop);
    if (options.journal && options.quietLoop) {
      this.#journal = new TurnJournal(options.labeller, this.#probe);
      this.#probe.follow(this.#journal.own);
    }
  }

  /** The first start of V8's profiler holds the loop for 10 to 450 ms, depending on how much code is loaded. */
  start(): void {
    this.#options.sampler.start();
    this.#options.labeller.catchUp();
    this.#gc.start();
    this.#probe.start();
    this.#journal?.start();
    this.#mark = this.#now();
  }

  /** Ends the window and begins the next; `undefined` before `start` and after the last one. */
  take(last = false): TakenWindow | undefined {
    const from = this.#mark;
    if (from === undefined) return undefined;
    const began = process.hrtime.bigint();
    const { sampler, labeller } = this.#options;
    if (last) {
      this.#journal?.stop();
      this.#probe.stop();
    }
    const profile = sampler.stop(!last);
    labeller.windowTaken();
    const to = this.#now(from.clock);
    const journal = this.#journal?.take();
    const gc = () => this.#gc.take(from.performanceMillis, to.performanceMillis);
    const pool = this.#probe.take();
    if (last) {
      this.#mark = undefined;
      this.#gc.stop();
      sampler.dispose();
    } else {
      this.#mark = to;
      this.#restartIfStuck();
    }

    return {
      from,
      to,
      profile,
      journal,
      gc,
      pool,
      seq: this.#seq++,
      periodMicros: this.#periodMicros,
      endpoints: this.#endpoints,
      files: this.#files,
      options: this.#options,
      stallNanos: Number(process.hrtime.bigint() - began),
    };
  }

  #now(previous?: ClockPair): Mark {
    const clock = clockPair(previous);
    return {
      clock,
      performanceMillis: Number(clock.monotonicNanos) / 1e6 - this.#shiftMillis,
      cpu: cpuNanos(),
      cgroup: this.#readCgroup(),
    };
  }

  /** V8's sampler thread can spin and take no samples: https://github.com/DataDog/pprof-nodejs, `workaroundV8Bug`. */
  #restartIfStuck(): void {
    const { sampler } = this.#options;
    if (sampler.v8ProfilerStuckEventLoopDetected() < 2) return;
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
