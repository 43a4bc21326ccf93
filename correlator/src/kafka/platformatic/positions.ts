import type { SourceRecord } from "../../source/source.ts";

/** Where one assigned partition stands. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** Where the last offered batch ended, or a seek led to. */
  from: bigint;
  /** Where to fetch next: beyond `from` if only control records and aborted ones lay there. */
  next: bigint;
  /** A batch was offered and not taken yet: nothing is fetched meanwhile. */
  held: boolean;
  /** Counts seeks: what was fetched before one is of no use. */
  seeks: number;
}

/** The assigned partitions; wakes whoever waits for one that wants records. */
export class Positions {
  #all = new Map<string, Position>();
  #assignments = 0;
  readonly #waiting: (() => void)[] = [];

  get(topic: string, partition: number): Position | undefined {
    return this.#all.get(`${topic}/${partition}`);
  }

  /** Keeps those that stay; `start` tells where a new one begins. */
  async assign(
    places: readonly { readonly topic: string; readonly partition: number }[],
    start: (topic: string, partition: number) => Promise<bigint>,
  ): Promise<void> {
    const assignment = ++this.#assignments;
    const next = new Map<string, Position>();
    await Promise.all(
      places.map(async ({ topic, partition }) => {
        const known = this.get(topic, partition);
        const from = known?.from ?? (await start(topic, partition));
        next.set(
          `${topic}/${partition}`,
          known ?? { topic, partition, from, next: from, held: false, seeks: 0 },
        );
      }),
    );
    // Another assignment came meanwhile.
    if (assignment !== this.#assignments) return;
    this.#all = next;
    this.#wake();
  }

  seek(topic: string, partition: number, offset: bigint): void {
    const position = this.get(topic, partition);
    if (position === undefined) return;
    position.from = offset;
    position.next = offset;
    position.seeks++;
    this.#wake();
  }

  /** A fetch has read up to `end`. */
  fetched(position: Position, records: readonly SourceRecord[], end: bigint): void {
    position.next = end;
    const last = records.at(-1);
    if (last !== undefined) position.from = last.offset + 1n;
  }

  /** Wants no more of it until `taken` resolves. */
  hold(position: Position, taken: Promise<void>): void {
    position.held = true;
    void taken.then(() => {
      position.held = false;
      this.#wake();
    });
  }

  wanting(): Position[] {
    return [...this.#all.values()].filter((position) => !position.held);
  }

  /** Resolves when a partition may have begun to want records; spuriously at times. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
