import { RowWriter } from "@hotspan/store";
import type { Probe, TableBlock } from "./types.ts";

/** What rows are written to. Places in it, as `length` gives them, tell the rows of one owner from those of the next. */
export interface Output {
  readonly length: number;
  /** Takes back what was written since it was that long. */
  reset(length: number): void;
}

/** From one place of an output to another. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

/** How the rows of a table are written. */
export interface Encoding<Out extends Output> {
  readonly format: TableBlock["format"];
  create(initialBytes: number): Out;
  /** These pieces, which lie in order, as the body of an insert: valid until the output is written to again. */
  bytes(out: Out, pieces: readonly Piece[]): Uint8Array;
}

export const rowBinary: Encoding<RowWriter> = {
  format: "RowBinary",
  create: (initialBytes) => new RowWriter({ initialBytes }),
  bytes(out, pieces) {
    const all = out.view();
    const length = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
    // Nothing left out, which is the rule: no copy.
    if (length === all.length) return all;
    return Buffer.concat(pieces.map(({ start, end }) => all.subarray(start, end)));
  },
};

interface Segment extends Piece {
  readonly owner: number;
  readonly rows: number;
  readonly partitions: ReadonlyMap<string, number>;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rows of one table, remembered by owner (the window they came from), so that a window can be left out after its rows were written. */
export class SegmentWriter<Out extends Output = RowWriter> {
  readonly #encoding: Encoding<Out>;
  readonly #initialBytes: number;
  #out: Out | undefined;
  readonly #segments: Segment[] = [];
  #start = 0;
  #rows = 0;
  #partitions = new Map<string, number>();
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;

  constructor(encoding: Encoding<Out>, initialBytes: number = 64 * 1024) {
    this.#encoding = encoding;
    this.#initialBytes = initialBytes;
  }

  /** Made when first used: most batches fill only some tables. */
  get out(): Out {
    this.#out ??= this.#encoding.create(this.#initialBytes);
    return this.#out;
  }

  /** Call once a row, after its columns. */
  row(partition: string, atMs: number): void {
    this.rows(1, partition, atMs, atMs);
  }

  rows(count: number, partition: string, fromMs: number, toMs: number): void {
    if (count === 0) return;
    this.#rows += count;
    this.#partitions.set(partition, (this.#partitions.get(partition) ?? 0) + count);
    this.#fromMs = Math.min(this.#fromMs, fromMs);
    this.#toMs = Math.max(this.#toMs, toMs);
  }

  /** Ends the rows of one owner. */
  commit(owner: number): void {
    if (this.#rows > 0) {
      this.#segments.push({
        owner,
        start: this.#start,
        end: this.out.length,
        rows: this.#rows,
        partitions: this.#partitions,
        fromMs: this.#fromMs,
        toMs: this.#toMs,
      });
    }
    this.#clear();
  }

  /** Takes back what was written since the last `commit`. */
  rollback(): void {
    this.#out?.reset(this.#start);
    this.#clear();
  }

  /** The block without the rows of `dropped` owners; undefined when none are left. */
  block(
    table: string,
    columns: readonly string[],
    options: { readonly idempotent: boolean; readonly probe?: Probe | undefined },
    dropped: ReadonlySet<number>,
  ): Omit<TableBlock, "shard"> | undefined {
    const kept = this.#segments.filter((segment) => !dropped.has(segment.owner));
    if (kept.length === 0) return undefined;
    const perPartition = new Map<string, number>();
    let rows = 0;
    let fromMs = Number.POSITIVE_INFINITY;
    let toMs = Number.NEGATIVE_INFINITY;
    for (const segment of kept) {
      rows += segment.rows;
      fromMs = Math.min(fromMs, segment.fromMs);
      toMs = Math.max(toMs, segment.toMs);
      for (const [partition, count] of segment.partitions) {
        perPartition.set(partition, (perPartition.get(partition) ?? 0) + count);
      }
    }
    return {
      table,
      idempotent: options.idempotent,
      format: this.#encoding.format,
      bytes: this.#encoding.bytes(this.out, kept),
      columns,
      rows,
      perPartition,
      probe: options.probe ?? { kind: "batch" },
      timeRange: { fromMs, toMs },
    };
  }

  #clear(): void {
    this.#start = this.#out?.length ?? 0;
    this.#rows = 0;
    this.#partitions = new Map();
    this.#fromMs = Number.POSITIVE_INFINITY;
    this.#toMs = Number.NEGATIVE_INFINITY;
  }
}
