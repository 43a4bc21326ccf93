import { setTimeout as sleep } from "node:timers/promises";
import type { Feed, SourceId, SourceKind, SourceRecord } from "../source/source.ts";

/** What a feed asks of the consumer it belongs to. */
export interface ConsumerPort {
  readonly clusterId: string;
  /** Of the topic as it was when the group was joined; its name where this Kafka has no ids. */
  assignedId(topic: string): string;
  /** The group's committed offset, else the lowest there is. */
  startOffset(topic: string, partition: number): Promise<bigint>;
  /** Of the topic that has this name now. */
  topicId(topic: string): Promise<string>;
  lowestOffset(topic: string, partition: number): Promise<bigint>;
  /** Where the next record of each of these partitions will lie. */
  endOffsets(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  seek(topic: string, partition: number, offset: bigint): void;
  commit(
    place: { readonly topic: string; readonly topicId: string; readonly partition: number },
    next: bigint,
  ): Promise<void>;
  /** A topic is not the one that was assigned: begin anew. */
  restart(reason: string): void;
}

export interface FetchedBatch {
  /** Where the batch before it ended, or a seek led to: every record from there to the last one is in the batch. */
  readonly from: bigint;
  readonly records: readonly SourceRecord[];
  readonly highWatermark: bigint;
}

interface Offered extends FetchedBatch {
  readonly taken: () => void;
}

/**
 * One assigned partition. The consumer pushes batches, delivery pulls them; the consumer waits until its last batch was
 * taken, so at most one is held here. Batches may come twice (after a rebalance) or from a place we left (before a
 * seek): only what follows without a gap is handed on.
 */
export class KafkaFeed implements Feed {
  readonly source: SourceId;
  readonly kind: SourceKind;
  readonly topic: string;
  readonly #consumer: ConsumerPort;
  #offered: Offered | undefined;
  #arrived: () => void = () => undefined;
  #closed = false;
  #wanted: bigint | undefined;
  #highWatermark = 0n;
  #reached = 0n;

  constructor(topic: string, kind: SourceKind, source: SourceId, consumer: ConsumerPort) {
    this.topic = topic;
    this.kind = kind;
    this.source = source;
    this.#consumer = consumer;
  }

  /** As of the last fetch, or of `endsAt`. */
  get lag(): number {
    return this.#highWatermark > this.#reached ? Number(this.#highWatermark - this.#reached) : 0;
  }

  /** What the broker says: a partition whose records wait for ClickHouse is not fetched. */
  endsAt(offset: bigint): void {
    this.#highWatermark = offset;
  }

  /** Resolves when the batch was taken, or will never be. */
  offer(batch: FetchedBatch): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#offered?.taken();
    if (this.#closed) return Promise.resolve();
    this.#offered = { ...batch, taken: resolve };
    this.#arrived();
    return promise;
  }

  /**
   * To be called when the partition was assigned again. Somebody else may have had it in between, unnoticed by a process that slept,
   * and have committed more than we have: the consumer then begins there, and would bring us nothing until the next record
   * comes. What we then read once more is stored already, and is found so.
   */
  resume(): void {
    if (this.#wanted !== undefined) this.#consumer.seek(this.topic, this.source.partition, this.#wanted);
  }

  close(): void {
    this.#closed = true;
    this.#offered?.taken();
    this.#offered = undefined;
    this.#arrived();
  }

  /** Also brings the consumer there: a batch of an earlier assignment may have led it past records that nobody took. */
  async position(): Promise<bigint> {
    const position = await this.#consumer.startOffset(this.topic, this.source.partition);
    this.#consumer.seek(this.topic, this.source.partition, position);
    this.#reached ||= position;
    return position;
  }

  async read(
    from: bigint | undefined,
    options: { readonly patienceMs?: number; readonly signal: AbortSignal },
  ): Promise<readonly SourceRecord[]> {
    const deadline = options.patienceMs === undefined ? undefined : performance.now() + options.patienceMs;
    this.#wanted = from;
    for (;;) {
      // A closed feed has nothing more to give, but only the signal ends a reader: one that was told "nothing" would ask
      // again at once, for ever, and whoever is about to abort it would never have its turn.
      if (options.signal.aborted) return [];
      const batch = this.#offered;
      if (batch === undefined) {
        const left = deadline === undefined ? undefined : deadline - performance.now();
        if (left !== undefined && left <= 0) return [];
        await this.#wait(options.signal, left);
        continue;
      }
      // It stays on offer until it is judged: the broker is asked for that, and may not answer.
      const follows = from === undefined || (await this.#follows(batch, from));
      if (this.#offered === batch) this.#offered = undefined;
      batch.taken();
      if (!follows) continue;
      this.#highWatermark = batch.highWatermark;
      this.#reached ||= from ?? batch.from;
      const fresh = batch.records.filter((record) => from === undefined || record.offset >= from);
      if (fresh.length > 0) return fresh;
    }
  }

  /** Whether nothing lies between `from` and the batch. If not, it has been seen to that what comes next is of use. */
  async #follows(batch: FetchedBatch, from: bigint): Promise<boolean> {
    if (batch.from < from && (await this.#isOtherLog(batch, from))) {
      this.close();
      return false;
    }
    if (batch.from <= from) return true;
    // From before a seek, or of an earlier assignment; or retention has removed what lay between.
    const lowest = await this.#consumer.lowestOffset(this.topic, this.source.partition);
    const expected = lowest > from ? lowest : from;
    if (batch.from <= expected) return true;
    this.#consumer.seek(this.topic, this.source.partition, expected);
    return false;
  }

  /**
   * A batch from before our position is common after a rebalance. But it is also what a topic brings that was deleted and
   * made again: then its records are none we have seen, though their offsets say so.
   */
  async #isOtherLog(batch: FetchedBatch, from: bigint): Promise<boolean> {
    const id = await this.#consumer.topicId(this.topic);
    if (id === this.source.topicId && batch.highWatermark >= from) return false;
    const place = `${this.topic}/${this.source.partition}`;
    this.#consumer.restart(
      `${place} (${id}) ends at ${batch.highWatermark}; ${this.source.topicId} was at ${from}`,
    );
    return true;
  }

  async #wait(signal: AbortSignal, ms: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#arrived = wake;
    signal.addEventListener("abort", wake, { once: true });
    const over = new AbortController();
    const timer = ms === undefined ? promise : sleep(ms, undefined, { signal: over.signal, ref: false });
    await Promise.race([promise, timer.catch(() => undefined)]);
    over.abort();
    signal.removeEventListener("abort", wake);
  }

  async rewind(offset: bigint): Promise<boolean> {
    if ((await this.#consumer.lowestOffset(this.topic, this.source.partition)) > offset) return false;
    this.#consumer.seek(this.topic, this.source.partition, offset);
    this.#offered?.taken();
    this.#offered = undefined;
    return true;
  }

  async commit(next: bigint): Promise<void> {
    await this.#consumer.commit({ ...this.source, topic: this.topic }, next);
    this.#reached = next;
  }
}
