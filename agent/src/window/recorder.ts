import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Cgroup, ClockPair, Events, Header, Journal, Window } from "@hotspan/wire";
import { WIRE_VERSION } from "@hotspan/wire";
import type { CgroupCounters } from "../facts/cgroup.ts";
import { cgroupReader } from "../facts/cgroup.ts";
import { clockPair } from "../facts/clock.ts";
import { cpuNanos } from "../facts/cpu.ts";
import type { GcEvent } from "../facts/gc.ts";
import { GcEvents } from "../facts/gc.ts";
import type { PoolEvent } from "../facts/pool-probe.ts";
import { PoolProbe } from "../facts/pool-probe.ts";
import { TurnJournal } from "../journal.ts";
import type { Labeller } from "../labelling/labeller.ts";
import type { SpanBook } from "../otel/span-book.ts";
import { spanIn } from "../otel/types.ts";
import type { NativeSampler } from "../sampler/native.ts";
import type { TickTable } from "../sampler/ticks.ts";
import { collectTicks } from "../sampler/ticks.ts";
import { warnOnce } from "../log.ts";
import type { StackSample } from "./columns.ts";
import { tickColumns } from "./columns.ts";
import { EndpointBudget } from "./endpoint.ts";
import { FileNames } from "./file-names.ts";
import { LabelTable } from "./label-table.ts";

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

/** A window as it was taken, all but its pprof section, which is built off the hot path. */
export interface TakenWindow {
  readonly window: Omit<Window, "pprof">;
  readonly tree: Pick<TickTable, "nodes" | "parents">;
  readonly samples: readonly StackSample[];
  readonly files: FileNames;
}

interface Mark {
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
  #seq = 0;
  #mark: Mark | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#periodMicros = Math.round(1e6 / options.hz);
    this.#probe = new PoolProbe(options.quietLoop);
    if (options.journal && options.quietLoop) this.#journal = new TurnJournal(options.labeller);
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
    const { sampler, labeller, book } = this.#options;
    if (last) {
      this.#journal?.stop();
      this.#probe.stop();
    }
    const profile = sampler.stop(!last);
    const to = this.#now(from.clock);
    const journal = this.#journal?.take();
    const gc = this.#gc.take();
    const pool = this.#probe.take();
    if (last) {
      this.#mark = undefined;
      this.#gc.stop();
      sampler.dispose();
    } else {
      this.#mark = to;
      this.#restartIfStuck();
    }

    const startMicros = Number(from.clock.monotonicNanos) / 1000;
    const endMicros = Number(to.clock.monotonicNanos) / 1000;
    const table = collectTicks(profile, Number(to.clock.epochNanos - to.clock.monotonicNanos) / 1000);
    const labels = new LabelTable(book, this.#endpoints);
    const { ticks, samples } = tickColumns(table, startMicros, endMicros, this.#periodMicros, (stored) =>
      labels.row(labeller.resolve(stored)),
    );
    const origin = from.performanceMillis * 1000;
    const wireJournal: Journal | undefined =
      journal === undefined
        ? undefined
        : {
            thresholdMicros: Math.round(journal.thresholdMillis * 1000),
            turnDeltaMicros: deltas(
              journal.turns.map((turn) => turn.start),
              origin,
            ),
            turnBusyMicros: Uint32Array.from(journal.turns, (turn) => Math.round(turn.busy * 1000)),
            turnLabel: Uint32Array.from(journal.turns, (turn) => labels.row(spanIn(turn.context))),
            resumeDeltaMicros: deltas(
              journal.resumes.map((resume) => resume.time),
              origin,
            ),
            resumeLabel: Uint32Array.from(journal.resumes, (resume) => labels.row(spanIn(resume.context))),
            droppedTurns: journal.droppedTurns,
            droppedResumes: journal.droppedResumes,
          };
    const header = this.#header(from, to, table, began);
    return {
      window: {
        header,
        ticks,
        labels: labels.rows,
        journal: wireJournal,
        events: wireEvents(gc, pool, origin),
      },
      tree: { nodes: table.nodes, parents: table.parents },
      samples,
      files: this.#files,
    };
  }

  #header(from: Mark, to: Mark, table: TickTable, began: bigint): Header {
    const { instance, threadId, threadName, quietLoop, labeller } = this.#options;
    const duration = Number(to.clock.monotonicNanos - from.clock.monotonicNanos);
    let sampledCpu = 0;
    for (const cpu of table.cpu) sampledCpu += cpu;
    return {
      versionMajor: WIRE_VERSION.major,
      versionMinor: WIRE_VERSION.minor,
      profileId: randomBytes(16).toString("hex"),
      part: 1,
      parts: 1,
      instance,
      threadId,
      threadName,
      seq: this.#seq++,
      start: from.clock,
      end: to.clock,
      periodNanos: this.#periodMicros * 1000,
      expectedTicks: Math.round(duration / (this.#periodMicros * 1000)),
      takenTicks: table.hits,
      droppedContexts: Math.max(0, table.hits - table.time.length),
      threadCpuNanos:
        to.cpu.thread === undefined || from.cpu.thread === undefined
          ? Math.round(sampledCpu)
          : to.cpu.thread - from.cpu.thread,
      processCpuNanos: to.cpu.process - from.cpu.process,
      quietLoop,
      mode: "continuous",
      contextPath: labeller.path,
      cgroup: cgroupDelta(from.cgroup, to.cgroup),
      resource: this.#options.resource(),
      // Last, so that nearly everything is in it.
      flushStallNanos: Number(process.hrtime.bigint() - began),
    };
  }

  #now(previous?: ClockPair): Mark {
    return {
      clock: clockPair(previous),
      performanceMillis: performance.now(),
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

/** Steps in microseconds from times in milliseconds, never negative; `origin` is the window's start, microseconds. */
function deltas(times: readonly number[], originMicros: number): Uint32Array {
  const steps = new Uint32Array(times.length);
  let previous = 0;
  for (let i = 0; i < times.length; i++) {
    const at = Math.max(Math.round((times[i] as number) * 1000 - originMicros), previous);
    steps[i] = at - previous;
    previous = at;
  }
  return steps;
}

function wireEvents(gc: GcEvent[], pool: PoolEvent[], origin: number): Events {
  gc.sort((a, b) => a.start - b.start);
  return {
    gcDeltaMicros: deltas(
      gc.map((event) => event.start),
      origin,
    ),
    gcDurationMicros: Uint32Array.from(gc, (event) => Math.round(event.duration * 1000)),
    gcKind: Uint8Array.from(gc, (event) => event.kind),
    poolDeltaMicros: deltas(
      pool.map((event) => event.start),
      origin,
    ),
    poolQueueMicros: Uint32Array.from(pool, (event) => Math.round(event.queue * 1000)),
  };
}

function cgroupDelta(from: CgroupCounters | undefined, to: CgroupCounters | undefined): Cgroup | undefined {
  if (from === undefined || to === undefined) return undefined;
  return {
    ...to,
    nrThrottled: Math.max(0, to.nrThrottled - from.nrThrottled),
    throttledMicros: Math.max(0, to.throttledMicros - from.throttledMicros),
  };
}
