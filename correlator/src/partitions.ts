import type { Held } from "./source/held.ts";
import type { Feed } from "./source/source.ts";

/** idle: all is stored. storing: records are on their way. retrying: the last attempt failed, and another will follow. */
export type PartitionState = "idle" | "storing" | "retrying";

export interface PartitionFacts {
  /** Topic, or `http/profiles`. */
  readonly topic: string;
  readonly partition: number;
  readonly state: PartitionState;
  /** Records that are not stored yet. */
  readonly lagRecords: number;
  /** How long the oldest of them has waited, by its own time; by ours where it was not read yet. */
  readonly lagMs: number;
}

/** What one partition tells of itself while this process delivers it. */
export class Partition {
  /** Records that were read and are not stored yet. */
  held: Held | undefined;
  failing = false;
  readonly #feed: Feed;
  #behindSince: number | undefined;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  get isOfKafka(): boolean {
    return this.#feed.source.cluster !== "http";
  }

  /** Records that are not stored yet. */
  get lag(): number {
    return this.#feed.lag;
  }

  facts(nowMs: number): PartitionFacts {
    const { topic, source, lag } = this.#feed;
    if (lag === 0) this.#behindSince = undefined;
    else this.#behindSince ??= nowMs;
    const since = this.held?.oldestMs ?? this.#behindSince;
    return {
      topic,
      partition: source.partition,
      state: this.failing ? "retrying" : lag === 0 ? "idle" : "storing",
      lagRecords: lag,
      lagMs: lag === 0 || since === undefined ? 0 : Math.max(0, nowMs - since),
    };
  }
}

/** The partitions this process delivers now. */
export class Partitions {
  readonly #all = new Set<Partition>();

  add(feed: Feed): Partition {
    const partition = new Partition(feed);
    this.#all.add(partition);
    return partition;
  }

  delete(partition: Partition): void {
    this.#all.delete(partition);
  }

  /** Those that are read from Kafka. */
  get ofKafka(): readonly Partition[] {
    return [...this.#all].filter(({ isOfKafka }) => isOfKafka);
  }

  facts(nowMs: number): readonly PartitionFacts[] {
    return [...this.#all].map((partition) => partition.facts(nowMs));
  }
}
