import { HEADERS, LIMITS, WireError } from "@hotspan/wire";
import { StoreError } from "@hotspan/store";
import { DecodeError } from "./errors.ts";
import { EVENT_COLUMNS, writeEvents } from "./event-rows.ts";
import { writeHeap } from "./heap-rows.ts";
import {
  INSTANCE_COLUMNS,
  type InstanceFacts,
  serviceOf,
  versionOf,
  writeInstance,
} from "./instance-rows.ts";
import { readOtlpProfiles } from "./plain/otlp.ts";
import { readPlainPprof } from "./plain/pprof.ts";
import type { PlainProfile } from "./plain/profile.ts";
import { writePlainSamples, writePlainTraces } from "./plain/rows.ts";
import { SAMPLE_COLUMNS, type SampleColumns, sampleEncoding } from "./sample-columns.ts";
import { TRACE_COLUMNS, writeSamples, writeTraces } from "./sample-rows.ts";
import { rowBinary } from "./segment-writer.ts";
import { ShardedWriter } from "./sharded-writer.ts";
import { type OtlpContentType, SPAN_COLUMNS, writeSpans } from "./spans.ts";
import { STACK_COLUMNS, type StackMemory, StackRows } from "./stack-rows.ts";
import type {
  BatchCounts,
  DeadLetter,
  Probe,
  RecordMeta,
  SpanProbe,
  TableBlock,
  WindowKey,
} from "./types.ts";
import { WINDOW_COLUMNS, writeWindow } from "./window-rows.ts";
import { type CheckedWindow, checkWindow, encodingOf, openWindow } from "./window.ts";

export type { BatchCounts, DeadLetter, RecordMeta, TableBlock, WindowKey };

export interface BatchOptions {
  /** Shared by the batches of a process: leaves out stacks that were stored today. */
  readonly stackMemory?: StackMemory;
  /** Over how many servers the rows are spread; default 1. */
  readonly shards?: number;
}

export interface FinishedBatch {
  /** In the order they must be inserted in. Their bytes are valid as long as the builder is. */
  readonly blocks: readonly TableBlock[];
  readonly deadLetters: readonly DeadLetter[];
  readonly counts: BatchCounts;
}

/**
 * Turns the records of one cut into the rows of each table. A row depends on its record's bytes, coordinates and time, and
 * on the batch number; the order of the calls is the order of the rows. So the same cut gives the same blocks, bit for bit,
 * whoever builds them (only `profile_stacks` may be shorter, by what the memory knows). On which shard a row lies its trace,
 * instance or stack tells.
 */
export class BatchBuilder {
  readonly #batch: bigint;
  readonly #tables: Tables;
  readonly #stacks: StackRows;
  readonly #instances = new Map<string, { readonly header: InstanceFacts; readonly recordMs: number }>();
  readonly #windows = new Map<string, Kept>();
  readonly #dropped = new Set<number>();
  readonly #deadLetters: DeadLetter[] = [];
  #tail: Promise<void> = Promise.resolve();
  #pending = 0;
  readonly #probes: SpanProbe[] = [];
  #records = 0;
  #spans = 0;
  #rejectedSpans = 0;
  #duplicates = 0;

  constructor(batch: bigint, options: BatchOptions = {}) {
    this.#batch = batch;
    const table = (initialBytes?: number): ShardedWriter =>
      new ShardedWriter(options.shards ?? 1, rowBinary, initialBytes);
    this.#tables = {
      profile_stacks: table(1024 * 1024),
      profile_instances: table(),
      profile_traces: table(),
      profile_samples: new ShardedWriter(options.shards ?? 1, sampleEncoding, 1024 * 1024),
      profile_events: table(),
      profile_windows: table(512 * 1024),
      otel_traces: table(),
    };
    this.#stacks = new StackRows(this.#tables.profile_stacks, options.stackMemory);
  }

  /**
   * Adds a record of `hotspan.profiles.v1`. Several may be under way: they are decompressed side by side on the thread pool
   * and decoded in the order of the calls. A record that cannot be read becomes a dead letter.
   */
  addWindow(meta: RecordMeta, value: Uint8Array): Promise<void> {
    this.#records++;
    this.#pending++;
    const opened = openWindow(value, encodingOf(meta.headers)).then(
      (bytes) => ({ bytes }),
      (error: unknown) => ({ error }),
    );
    this.#tail = this.#tail
      .then(async () => {
        const result = await opened;
        this.#guard(meta, () => {
          if ("error" in result) throw result.error;
          this.#decoded(meta, checkWindow(result.bytes, meta.timestampMs));
        });
      })
      .finally(() => {
        this.#pending--;
      });
    return this.#tail;
  }

  /**
   * Adds an OTLP trace message (uncompressed). Spans with bad ids or times are left out and counted; a message that cannot
   * be read becomes a dead letter.
   */
  addSpans(meta: RecordMeta, value: Uint8Array, contentType: OtlpContentType): void {
    this.#records++;
    const probes = this.#probes.length;
    const read = this.#guard(meta, () => {
      const counts = writeSpans(this.#tables.otel_traces, this.#probes, value, contentType, meta.timestampMs);
      this.#tables.otel_traces.commit(-1);
      this.#spans += counts.accepted;
      this.#rejectedSpans += counts.rejected;
    });
    if (!read) this.#probes.length = probes;
  }

  /**
   * Adds a plain profile (uncompressed): OTLP profiles, or pprof of the service that the record's headers name. One that
   * cannot be read becomes a dead letter.
   */
  addPlain(meta: RecordMeta, value: Uint8Array, format: PlainFormat): void {
    this.#records++;
    this.#guard(meta, () => {
      const profiles =
        format === "otlp"
          ? readOtlpProfiles(value, meta.timestampMs, LIMITS, isJson(meta, value))
          : readPlainPprof(value, meta.headers[HEADERS.service] ?? "", meta.timestampMs);
      for (const profile of profiles) this.#writePlain(meta, profile);
    });
  }

  /** Keys of the windows and plain profiles so far, in order: to be looked up in `profile_windows` under earlier cuts. */
  windowKeys(): readonly WindowKey[] {
    return Array.from(this.#windows.values(), (kept) => kept.key);
  }

  /** Leaves out windows that are stored already: a producer sent them again. */
  dropWindows(keys: Iterable<WindowKey>): void {
    for (const key of keys) {
      const kept = this.#windows.get(textOf(key));
      if (kept === undefined || this.#dropped.has(kept.owner)) continue;
      this.#dropped.add(kept.owner);
      this.#duplicates++;
    }
  }

  /** The blocks. Every `addWindow` must have settled. */
  finish(): FinishedBatch {
    if (this.#pending > 0) throw new Error(`${this.#pending} windows are still being decoded`);
    const blocks: TableBlock[] = [];
    const add = (
      table: keyof Tables,
      columns: readonly string[],
      idempotent: boolean,
      probe?: (shard: number) => Probe,
    ): void => {
      // Stacks and instances stay whole: other windows of the batch may lean on them.
      const dropped = table === "profile_stacks" || table === "profile_instances" ? nothing : this.#dropped;
      blocks.push(...this.#tables[table].blocks(table, columns, { idempotent, probe }, dropped));
    };
    for (const { header, recordMs } of this.#instances.values()) {
      writeInstance(this.#tables.profile_instances.of(header.instance), header, recordMs);
    }
    this.#tables.profile_instances.commit(-1);
    this.#instances.clear();
    add("profile_stacks", STACK_COLUMNS, true);
    add("profile_instances", INSTANCE_COLUMNS, true);
    add("profile_traces", TRACE_COLUMNS, true);
    add("profile_samples", SAMPLE_COLUMNS, false);
    add("profile_events", EVENT_COLUMNS, false);
    add("otel_traces", SPAN_COLUMNS, false, (shard) => ({ kind: "spans", ids: this.#probesOf(shard) }));
    add("profile_windows", WINDOW_COLUMNS, false);
    return { blocks, deadLetters: this.#deadLetters, counts: this.#counts() };
  }

  /** Call when `profile_stacks` was inserted: the memory then knows its stacks. */
  stacksStored(): void {
    this.#stacks.remember();
  }

  #probesOf(shard: number): readonly SpanProbe[] {
    const spans = this.#tables.otel_traces;
    if (spans.shards.length === 1) return this.#probes;
    return this.#probes.filter(({ traceId }) => spans.shardOf(traceId) === shard);
  }

  #writePlain(meta: RecordMeta, profile: PlainProfile): void {
    const text = textOf(profile.key);
    if (this.#windows.has(text)) {
      this.#duplicates++;
      return;
    }
    const owner = this.#windows.size;
    const tables = this.#tables;
    this.#stacks.write(profile.stacks, profile.service, meta.timestampMs);
    writePlainTraces(tables.profile_traces, profile);
    const samples = writePlainSamples(tables.profile_samples, profile, this.#batch);
    for (const table of Object.values(tables)) table.commit(owner);
    this.#instances.set(`${profile.instance} ${profile.service}`, {
      header: profile,
      recordMs: meta.timestampMs,
    });
    this.#windows.set(text, { owner, key: profile.key, ticks: 0, samples });
  }

  #decoded(meta: RecordMeta, checked: CheckedWindow): void {
    const text = textOf(checked.key);
    if (this.#windows.has(text)) {
      this.#duplicates++;
      return;
    }
    const { header } = checked.window;
    const service = serviceOf(header);
    const owner = this.#windows.size;
    const tables = this.#tables;
    this.#stacks.write(checked.stacks, service, meta.timestampMs);
    if (checked.heap !== undefined) this.#stacks.write(checked.heap.stacks, service, meta.timestampMs);
    writeTraces(tables.profile_traces, checked, service);
    const samples =
      writeSamples(tables.profile_samples, checked, service, this.#batch) +
      // Heap samples belong to no trace.
      writeHeap(tables.profile_samples.of(header.instance), checked, service, this.#batch);
    writeEvents(tables.profile_events.of(header.instance), checked, service, this.#batch);
    writeWindow(
      tables.profile_windows.of(header.instance),
      checked,
      { service, version: versionOf(header) },
      meta,
      this.#batch,
    );
    for (const table of Object.values(tables)) table.commit(owner);
    this.#instances.set(`${header.instance} ${service}`, { header, recordMs: meta.timestampMs });
    this.#windows.set(text, { owner, key: checked.key, ticks: checked.weights.length, samples });
  }

  /**
   * One bad record must not harm its neighbours: false, and a dead letter, when it cannot be read. Whether one is too large
   * depends only on those before it, so a replay decides the same. What is not the record's fault is thrown on.
   */
  #guard(meta: RecordMeta, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      for (const table of Object.values(this.#tables)) table.rollback();
      this.#stacks.rollback();
      const known =
        error instanceof WireError ||
        error instanceof DecodeError ||
        (error instanceof StoreError && error.code === "HOTSPAN_STORE_ROW_TOO_LARGE");
      if (!known) throw error;
      this.#deadLetters.push({ offset: meta.offset, code: error.code, detail: error.message });
      return false;
    }
  }

  #counts(): BatchCounts {
    const kept = [...this.#windows.values()].filter((window) => !this.#dropped.has(window.owner));
    return {
      records: this.#records,
      windows: kept.length,
      duplicateWindows: this.#duplicates,
      ticks: kept.reduce((sum, window) => sum + window.ticks, 0),
      samples: kept.reduce((sum, window) => sum + window.samples, 0),
      spans: this.#spans,
      rejectedSpans: this.#rejectedSpans,
      deadLetters: this.#deadLetters.length,
    };
  }
}

type RowTable =
  | "profile_stacks"
  | "profile_instances"
  | "profile_traces"
  | "profile_events"
  | "profile_windows"
  | "otel_traces";

/** Most rows by far are samples: only these are worth columns. */
type Tables = Readonly<Record<RowTable, ShardedWriter> & { profile_samples: ShardedWriter<SampleColumns> }>;

/**
 * The Collector's Kafka exporter writes no header, with protobuf and with `encoding: otlp_json`. A brace begins JSON, and
 * in protobuf it would begin a group, which no message of OTLP has.
 */
export function isJson({ headers }: Pick<RecordMeta, "headers">, bytes: Uint8Array): boolean {
  return headers["content-type"]?.startsWith("application/json") ?? bytes[0] === 0x7b;
}

/** Profiles without ticks. */
export type PlainFormat = "otlp" | "pprof";

interface Kept {
  readonly owner: number;
  readonly key: WindowKey;
  readonly ticks: number;
  readonly samples: number;
}

const nothing: ReadonlySet<number> = new Set();

function textOf(key: WindowKey): string {
  return `${key.instance}/${key.thread}/${key.startMicros}/${key.part}`;
}
