import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { decodeWindow, readPprof, type Window } from "@hotspan/wire";
import type { LedgerContext } from "../context.ts";
import { buildTimeline, type Timeline } from "../timeline/timeline.ts";
import type { LedgerEvent, LedgerSpan, LedgerWindow } from "../types.ts";

/** What a program of known truth says of one of its spans, from its own clock. */
export interface Truth {
  readonly traceId: string;
  readonly spanId: string;
  readonly scenario: string;
  readonly durationNano: number;
  readonly classes: Readonly<Record<string, number>>;
  readonly parts?: Readonly<Record<string, number>>;
  readonly blame?: readonly { endpoint: string | null; function: string; nano: number }[];
}

export interface Corpus {
  readonly name: string;
  readonly windows: readonly LedgerWindow[];
  readonly events: ReadonlyMap<string, readonly LedgerEvent[]>;
  readonly spans: readonly LedgerSpan[];
  readonly truths: readonly Truth[];
  /** Function names of a stack, leaf first. */
  readonly frames: ReadonlyMap<string, readonly string[]>;
}

const FOLDER = join(import.meta.dirname, "../../fixtures/corpus");

export function corpusNames(): string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Windows as they were sent, each behind its length; spans and truth a line each. */
export function readCorpus(name: string): Corpus {
  const read = (file: string): Buffer => zstdDecompressSync(readFileSync(join(FOLDER, name, `${file}.zst`)));
  const lines = (file: string): unknown[] =>
    read(file)
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  const bytes = read("windows.bin");
  const windows: LedgerWindow[] = [];
  const events = new Map<string, LedgerEvent[]>();
  const frames = new Map<string, readonly string[]>();
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    const window = decodeWindow(bytes.subarray(at + 4, end));
    const read = ledgerWindow(window, frames);
    windows.push(read);
    const thread = `${read.instance}/${read.thread}`;
    events.set(thread, [...(events.get(thread) ?? []), ...eventsOf(window)]);
    at = end;
  }
  const spans = lines("spans.jsonl") as (Omit<LedgerSpan, "startUnixNano"> & { startUnixNano: string })[];
  return {
    name,
    windows,
    events,
    spans: spans.map((span) => ({ ...span, startUnixNano: BigInt(span.startUnixNano) })),
    truths: lines("truth.jsonl") as Truth[],
    frames,
  };
}

/** Each trace by itself; recorded on one machine, so all clocks are one. */
export function contextsOf(corpus: Corpus): (traceId: string) => LedgerContext {
  const traces = Map.groupBy(corpus.spans, ({ traceId }) => traceId);
  const threads = Map.groupBy(corpus.windows, ({ instance, thread }) => `${instance}/${thread}`);
  const built = new Map<string, Timeline>();
  const timelineOf = (instance: string, thread: number): Timeline | undefined => {
    const key = `${instance}/${thread}`;
    const windows = threads.get(key);
    if (windows === undefined) return undefined;
    let timeline = built.get(key);
    if (timeline === undefined) {
      timeline = buildTimeline(windows, corpus.events.get(key) ?? []);
      built.set(key, timeline);
    }
    return timeline;
  };
  return (traceId) => ({
    spans: traces.get(traceId) ?? [],
    timelineOf,
    skewOf: () => ({ offset: 0, low: 0, high: 0, pairs: 1 }),
  });
}

function ledgerWindow(
  { header, ticks, labels, journal, pprof }: Window,
  frames: Map<string, readonly string[]>,
): LedgerWindow {
  const profile = readPprof(pprof);
  const stacks: string[] = [];
  for (let sample = 0; sample + 1 < profile.sampleStart.length; sample++) {
    const names: string[] = [];
    for (
      let l = profile.sampleStart[sample] as number;
      l < (profile.sampleStart[sample + 1] as number);
      l++
    ) {
      const location = profile.sampleLocations[l] as number;
      for (
        let line = profile.lineStart[location] as number;
        line < (profile.lineStart[location + 1] as number);
        line++
      ) {
        names.push(profile.string(profile.functionName[profile.lineFunction[line] as number] as number));
      }
    }
    const id = names.join("<");
    frames.set(id, names);
    stacks.push(id);
  }
  return {
    instance: header.instance,
    thread: header.threadId,
    startUnixNano: header.start.epochNanos,
    endUnixNano: header.end.epochNanos,
    startMonotonicNano: header.start.monotonicNanos,
    endMonotonicNano: header.end.monotonicNanos,
    seq: header.seq,
    part: header.part,
    parts: header.parts,
    periodNano: header.periodNanos,
    quietLoop: header.quietLoop,
    hasJournal: journal !== undefined,
    expectedTicks: header.expectedTicks,
    takenTicks: header.takenTicks,
    droppedContexts: header.droppedContexts,
    tickDelta: ticks.deltaMicros,
    tickState: ticks.state,
    tickCpu: ticks.cpuMicros,
    tickLabel: ticks.label,
    tickStack: ticks.stack,
    tickRun: ticks.run,
    labels,
    stacks,
    turnDelta: journal?.turnDeltaMicros ?? [],
    turnBusy: journal?.turnBusyMicros ?? [],
    turnLabel: journal?.turnLabel ?? [],
    resumeDelta: journal?.resumeDeltaMicros ?? [],
    resumeLabel: journal?.resumeLabel ?? [],
    resumeSource: journal?.resumeSource ?? [],
    resumeLate: journal?.resumeLateMicros ?? [],
    journalThresholdMicros: journal?.thresholdMicros ?? 0,
    cgroupThrottledMicros: header.cgroup?.throttledMicros ?? 0,
  };
}

const GC_KINDS: Readonly<Record<number, LedgerEvent["kind"]>> = {
  1: "gc_minor",
  2: "gc_minor",
  4: "gc_major",
  8: "gc_incremental",
  16: "gc_weakcb",
};

function eventsOf({ header, events }: Window): LedgerEvent[] {
  const found: LedgerEvent[] = [];
  const add = (
    deltas: Uint32Array,
    durations: Uint32Array,
    kind: (i: number) => LedgerEvent["kind"],
  ): void => {
    let at = 0;
    for (let i = 0; i < deltas.length; i++) {
      at += deltas[i] as number;
      found.push({
        kind: kind(i),
        startUnixNano: header.start.epochNanos + BigInt(at) * 1000n,
        durationNano: (durations[i] as number) * 1000,
      });
    }
  };
  add(
    events.gcDeltaMicros,
    events.gcDurationMicros,
    (i) => GC_KINDS[events.gcKind[i] as number] ?? "gc_other",
  );
  add(events.poolDeltaMicros, events.poolQueueMicros, () => "pool");
  return found;
}
