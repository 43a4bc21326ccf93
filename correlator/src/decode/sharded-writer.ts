import { type RowWriter, shardOfId, shardOfStack } from "@hotspan/store";
import { type Encoding, type Output, SegmentWriter } from "./segment-writer.ts";
import type { Probe, TableBlock } from "./types.ts";

const maxKnown = 10_000;

/** Rows of one table, by the shard they lie on; a single server is one shard. */
export class ShardedWriter<Out extends Output = RowWriter> {
  readonly shards: readonly SegmentWriter<Out>[];
  readonly #first: SegmentWriter<Out>;
  readonly #known = new Map<string, number>();

  constructor(shards: number, encoding: Encoding<Out>, initialBytes?: number) {
    const writer = (): SegmentWriter<Out> => new SegmentWriter(encoding, initialBytes);
    this.#first = writer();
    this.shards = [this.#first, ...Array.from({ length: shards - 1 }, writer)];
  }

  /** Shard, from 0, of the rows of a trace or an instance (32 hex digits). */
  shardOf(id: string): number {
    if (this.shards.length === 1) return 0;
    let shard = this.#known.get(id);
    if (shard === undefined) {
      // A hash takes microseconds, and an id comes many times in a row.
      if (this.#known.size >= maxKnown) this.#known.clear();
      shard = shardOfId(id, this.shards.length);
      this.#known.set(id, shard);
    }
    return shard;
  }

  of(id: string): SegmentWriter<Out> {
    return this.shards[this.shardOf(id)] ?? this.#first;
  }

  ofStack(high: number, low: number): SegmentWriter<Out> {
    return this.shards[shardOfStack(high, low, this.shards.length)] ?? this.#first;
  }

  /** Ends the rows of one owner. */
  commit(owner: number): void {
    for (const writer of this.shards) writer.commit(owner);
  }

  /** Takes back what was written since the last `commit`. */
  rollback(): void {
    for (const writer of this.shards) writer.rollback();
  }

  /** A block for each shard that has rows of others than `dropped` owners. */
  blocks(
    table: string,
    columns: readonly string[],
    options: { readonly idempotent: boolean; readonly probe?: ((shard: number) => Probe) | undefined },
    dropped: ReadonlySet<number>,
  ): readonly TableBlock[] {
    return this.shards.flatMap((writer, shard) => {
      const { idempotent, probe } = options;
      const block = writer.block(table, columns, { idempotent, probe: probe?.(shard) }, dropped);
      return block === undefined ? [] : [{ ...block, shard }];
    });
  }
}
