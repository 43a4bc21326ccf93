import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { decodeWindow } from "@hotspan/wire";
import type { LedgerContext } from "../context.ts";
import { buildTimeline, type Timeline } from "../timeline/timeline.ts";
import type { LedgerEvent, LedgerSpan, LedgerWindow } from "../types.ts";
import { ledgerEvents, ledgerWindow, type Stacks } from "./stored.ts";

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
  readonly frames: Stacks;
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
  const frames: Stacks = new Map();
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    const window = decodeWindow(bytes.subarray(at + 4, end));
    const read = ledgerWindow(window, frames);
    windows.push(read);
    const thread = `${read.instance}/${read.thread}`;
    events.set(thread, [...(events.get(thread) ?? []), ...ledgerEvents(window)]);
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
