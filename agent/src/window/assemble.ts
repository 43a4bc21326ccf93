import { randomBytes } from "node:crypto";
import type { Events, Header, Journal, Window } from "@hotspan/wire";
import { WIRE_VERSION } from "@hotspan/wire";
import { cgroupGrowth } from "../facts/cgroup.ts";
import type { GcEvent } from "../facts/gc.ts";
import type { PoolEvent } from "../facts/pool-probe.ts";
import type { JournalTake, Turn } from "../journal.ts";
import type { SpanRecord } from "../otel/span-book.ts";
import type { RawProfile } from "../sampler/native.ts";
import type { TickTable } from "../sampler/ticks.ts";
import { collectTicks } from "../sampler/ticks.ts";
import { tickColumns } from "./columns.ts";
import type { EndpointBudget } from "./endpoint.ts";
import type { FileNames } from "./file-names.ts";
import { LabelTable } from "./label-table.ts";
import { buildPprof } from "./pprof.ts";
import type { Mark, RecorderOptions } from "./recorder.ts";
import { finished, type Steps } from "./steps.ts";

/** Labels between two steps. */
const LABELS_PER_STEP = 64;

/** A window as it was taken from the sampler: all that cannot wait. */
export interface TakenWindow {
  readonly from: Mark;
  readonly to: Mark;
  /** One behind the other; one, as a rule. */
  readonly slices: readonly RawProfile[];
  readonly journal: JournalTake | undefined;
  /** To be asked for a moment later: collections are told of late. */
  readonly gc: () => readonly GcEvent[];
  readonly pool: readonly PoolEvent[];
  readonly seq: number;
  readonly periodMicros: number;
  readonly endpoints: EndpointBudget;
  readonly files: FileNames;
  readonly options: RecorderOptions;
  /** How long taking it held the loop, at the longest slice. */
  readonly stallNanos: number;
  /** CPU of this thread that taking it used. */
  readonly cpuNanos: number;
}

export interface Assembled {
  readonly window: Window;
  /** The window's pprof section with stacks of at most so many frames. */
  readonly pprof: (depth: number) => Uint8Array;
}

/** Makes the window of what was taken. */
export function* assemble(taken: TakenWindow): Steps<Assembled> {
  const { from, to, journal, periodMicros, options, files } = taken;
  const { labeller } = options;
  const startMicros = Number(from.clock.monotonicNanos) / 1000;
  const endMicros = Number(to.clock.monotonicNanos) / 1000;
  const epochOffsetMicros = Number(to.clock.epochNanos - to.clock.monotonicNanos) / 1000;
  const table = yield* collectTicks(taken.slices, epochOffsetMicros);
  yield;
  const labels = new LabelTable(taken.endpoints, options.detail);
  const { ticks, samples } = yield* tickColumns(
    table,
    startMicros,
    endMicros,
    periodMicros,
    (stored) => labels.row(labeller.resolve(stored)),
    (row) => labels.stackRow(row),
  );
  yield;
  const origin = from.performanceMillis * 1000;
  const wireJournal =
    journal === undefined ? undefined : yield* journalColumns(journal, origin, (span) => labels.row(span));
  const header = windowHeader(taken, table);
  yield;
  const input = { header, ticks, samples, labels: labels.rows, tree: table, files, maps: options.maps };
  const pprof = yield* buildPprof(input);
  yield;
  const window = {
    header,
    ticks,
    labels: labels.rows,
    journal: wireJournal,
    events: eventColumns(taken.gc(), taken.pool, origin),
    pprof,
  };
  return { window, pprof: (depth) => finished(buildPprof({ ...input, depth })) };
}

function windowHeader(
  { from, to, options, seq, periodMicros, stallNanos }: TakenWindow,
  table: TickTable,
): Header {
  const duration = Number(to.clock.monotonicNanos - from.clock.monotonicNanos);
  let sampledCpu = 0;
  for (const cpu of table.cpu) sampledCpu += cpu;
  return {
    versionMajor: WIRE_VERSION.major,
    versionMinor: WIRE_VERSION.minor,
    profileId: randomBytes(16).toString("hex"),
    part: 1,
    parts: 1,
    instance: options.instance,
    threadId: options.threadId,
    threadName: options.threadName,
    seq,
    start: from.clock,
    end: to.clock,
    periodNanos: periodMicros * 1000,
    expectedTicks: Math.round(duration / (periodMicros * 1000)),
    takenTicks: table.hits,
    droppedContexts: Math.max(0, table.hits - table.time.length),
    flushStallNanos: stallNanos,
    threadCpuNanos:
      to.cpu.thread === undefined || from.cpu.thread === undefined
        ? Math.round(sampledCpu)
        : to.cpu.thread - from.cpu.thread,
    processCpuNanos: to.cpu.process - from.cpu.process,
    quietLoop: options.quietLoop,
    mode: options.mode,
    schedule: options.schedule,
    contextPath: options.labeller.path,
    cgroup: cgroupGrowth(from.cgroup, to.cgroup),
    resource: options.resource(),
  };
}

function micros<T>(items: readonly T[], millis: (item: T) => number): Uint32Array {
  return Uint32Array.from(items, (item) =>
    Math.min(Math.max(0, Math.round(millis(item) * 1000)), 0xffff_ffff),
  );
}

type RowOf = (span: SpanRecord | undefined) => number;

/** A label costs some microseconds, the first time. */
function* rowsOf(items: readonly Pick<Turn, "span">[], rowOf: RowOf): Steps<Uint32Array> {
  const rows = new Uint32Array(items.length);
  for (const [index, { span }] of items.entries()) {
    rows[index] = rowOf(span);
    if (index % LABELS_PER_STEP === LABELS_PER_STEP - 1) yield;
  }
  return rows;
}

function* journalColumns(journal: JournalTake, origin: number, rowOf: RowOf): Steps<Journal> {
  const { turns, resumes, runDelays } = journal;
  const turnLabel = yield* rowsOf(turns, rowOf);
  const resumeLabel = yield* rowsOf(resumes, rowOf);
  return {
    thresholdMicros: Math.round(journal.thresholdMillis * 1000),
    turnDeltaMicros: deltas(turns, (turn) => turn.start, origin),
    // Of a turn that the window began in, what is left.
    turnBusyMicros: Uint32Array.from(turns, ({ start, busy }) =>
      Math.max(0, Math.round(busy * 1000 - Math.max(0, origin - start * 1000))),
    ),
    turnLabel,
    resumeDeltaMicros: deltas(resumes, (resume) => resume.time, origin),
    resumeLabel,
    resumeSource: Uint8Array.from(resumes, (resume) => resume.source),
    resumeLateMicros: micros(resumes, (resume) => resume.late),
    runDelayDeltaMicros: deltas(runDelays, (reading) => reading.time, origin),
    runDelaySpanMicros: micros(runDelays, (reading) => reading.span),
    runDelayMicros: micros(runDelays, (reading) => reading.delay),
    droppedTurns: journal.droppedTurns,
    droppedResumes: journal.droppedResumes,
  };
}

function eventColumns(events: readonly GcEvent[], pool: readonly PoolEvent[], origin: number): Events {
  const gc = events.toSorted((a, b) => a.start - b.start);
  return {
    gcDeltaMicros: deltas(gc, (event) => event.start, origin),
    gcDurationMicros: Uint32Array.from(gc, (event) => Math.round(event.duration * 1000)),
    gcKind: Uint8Array.from(gc, (event) => event.kind),
    poolDeltaMicros: deltas(pool, (event) => event.start, origin),
    poolQueueMicros: Uint32Array.from(pool, (event) => Math.round(event.queue * 1000)),
  };
}

/** Steps in microseconds from times in milliseconds, never negative; `origin` is the window's start, microseconds. */
function deltas<T>(items: readonly T[], time: (item: T) => number, origin: number): Uint32Array {
  let previous = 0;
  return Uint32Array.from(items, (item) => {
    const at = Math.max(Math.round(time(item) * 1000 - origin), previous);
    const step = at - previous;
    previous = at;
    return step;
  });
}

const SHORT_NANOS = 100_000_000n;

/** Of a last window: whether it is long enough to hold the end of a process for it. */
export function worthSending({ from, to }: TakenWindow): boolean {
  return to.clock.monotonicNanos - from.clock.monotonicNanos > SHORT_NANOS;
}
