/** The record a row comes from: with its bytes, all that a row may depend on. */
export interface RecordMeta {
  /** cluster/group/topic id/partition. */
  readonly source: string;
  readonly offset: bigint;
  /** Time of the record itself, Unix ms: broker timestamp, or receipt over HTTP. */
  readonly timestampMs: number;
  /** Keys in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How to find out whether a block arrived: by its `Batch` column, or, of spans, which have none, by their ids. */
export type Probe =
  | { readonly kind: "batch" }
  | { readonly kind: "spans"; readonly ids: readonly SpanProbe[] };

export interface SpanProbe {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  /** Unix ms. */
  readonly startMs: number;
  /** Partition id of `otel_traces`. */
  readonly day: string;
}

/** The rows of one INSERT. */
export interface TableBlock {
  readonly table: string;
  /** On which server of the cluster its rows lie, from 0; of a single server 0. */
  readonly shard: number;
  /** Inserting it twice does no harm: no deduplication token needed. */
  readonly idempotent: boolean;
  readonly format: "RowBinary" | "Native";
  readonly bytes: Uint8Array;
  readonly columns: readonly string[];
  readonly rows: number;
  /** Rows per ClickHouse partition id. */
  readonly perPartition: ReadonlyMap<string, number>;
  readonly probe: Probe;
  /** Of the rows' own time columns, Unix ms, both inclusive. */
  readonly timeRange: { readonly fromMs: number; readonly toMs: number };
}

/** A record nobody can read; retrying never helps. */
export interface DeadLetter {
  readonly offset: bigint;
  readonly code: string;
  readonly detail: string;
}

/** Names one stored window (a part of a split one counts alone). */
export interface WindowKey {
  readonly instance: string;
  readonly thread: number;
  /** Start, Unix µs: `profile_windows.Start`. */
  readonly startMicros: bigint;
  readonly part: number;
}

export interface BatchCounts {
  readonly records: number;
  readonly windows: number;
  /** Windows that came twice within the batch, and those dropped by `dropWindows`. */
  readonly duplicateWindows: number;
  readonly ticks: number;
  readonly samples: number;
  readonly spans: number;
  /** Spans refused for their time or ids; the others of their record are kept. */
  readonly rejectedSpans: number;
  readonly deadLetters: number;
}
