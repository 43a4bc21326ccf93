import { RowWriter } from "@hotspan/store";
import type { Probe, TableBlock } from "./types.ts";

interface Segment {
  readonly owner: number;
  readonly start: number;
  readonly end: number;
  readonly rows: number;
  readonly partitions: ReadonlyMap<string, number>;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Rows of one table, remembered by owner (the window they came from), so that a window can be left out after its rows
 * were written. Nothing left out, which is the rule: the block is the writer's own memory, not a copy.
 */
export class SegmentWriter {
  readonly #initialBytes: number;
  #out: RowWriter | undefined;
  readonly #segments: Segment[] = [];
  #start = 0;
  #rows = 0;
  #partitions = new Map<string, number>();
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;

  constructor(initialBytes: number = 64 * 1024) {
    this.#initialBytes = initialBytes;
  }

  /** Made when first used: most batches fill only some tables. */
  get out(): RowWriter {
    this.#out ??= new RowWriter({ initialBytes: this.#initialBytes });
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
    const all = this.out.view();
    const bytes =
      kept.length === this.#segments.length
        ? all
        : Buffer.concat(kept.map((segment) => all.subarray(segment.start, segment.end)));
    return {
      table,
      idempotent: options.idempotent,
      bytes,
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
