import type { Feed, SourceRecord } from "./source.ts";

/** A cut never spans more offsets, so the one that contains a position begins at most this far before it. */
export const maxCutOffsets = 10_000n;

/** A fetch of what is there takes less. Where a source only seems to be behind (offsets without records) it is waited in vain. */
const backlogPatienceMs = 250;

export interface CutLimits {
  readonly maxRecords: number;
  /** What a partition may hold before it has its turn. */
  readonly maxBytes: number;
  /** What a cut may take of a source that is behind. */
  readonly maxBacklogBytes: number;
  /** How long to wait for more once there is one record. */
  readonly lingerMs: number;
}

/** The records of a feed from its position on, kept until they are committed: a retry sees the same ones. */
export class Held {
  readonly #feed: Feed;
  readonly #limits: CutLimits;
  #records: SourceRecord[] = [];
  #bytes = 0;
  #position: bigint | undefined;
  #started = false;

  constructor(feed: Feed, limits: CutLimits) {
    this.#feed = feed;
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The record's own time, Unix ms; undefined while nothing is held. */
  get oldestMs(): number | undefined {
    return this.#records[0]?.timestampMs;
  }

  /** What the next cut may take: at least one record, at most the limits. Empty only when the signal aborts. */
  async next(signal: AbortSignal): Promise<readonly SourceRecord[]> {
    while (this.#records.length === 0 && !signal.aborted) await this.#readOn(signal);
    const deadline = performance.now() + this.#limits.lingerMs;
    for (;;) {
      const taken = this.#withinLimits(this.#limits.maxBytes);
      const patienceMs = deadline - performance.now();
      if (
        taken.length < this.#records.length ||
        this.#isFull(taken, this.#limits.maxBytes) ||
        patienceMs <= 0 ||
        signal.aborted
      )
        return taken;
      await this.#readOn(signal, patienceMs);
    }
  }

  /**
   * What the cut takes, as `next`, but where more waits in the source up to `maxBacklogBytes`: an insert costs ClickHouse much the
   * same for few rows and for many. Ends early when nothing comes for a while.
   */
  async gather(signal: AbortSignal): Promise<readonly SourceRecord[]> {
    for (;;) {
      const taken = this.#withinLimits(this.#limits.maxBacklogBytes);
      const held = this.#records.length;
      const isBehind = this.#feed.lag > held;
      if (
        !isBehind ||
        taken.length < held ||
        this.#isFull(taken, this.#limits.maxBacklogBytes) ||
        signal.aborted
      )
        return taken;
      await this.#readOn(signal, backlogPatienceMs);
      if (this.#records.length === held) return taken;
    }
  }

  /** Whether everything up to `last` is here. */
  reaches(last: bigint): boolean {
    return (this.#records.at(-1)?.offset ?? -1n) >= last;
  }

  /** Everything up to `last`, read on as far as needed. Empty only when the signal aborts. */
  async through(last: bigint, signal: AbortSignal): Promise<readonly SourceRecord[]> {
    while (!this.reaches(last)) {
      if (signal.aborted) return [];
      await this.#readOn(signal);
    }
    return this.#records.filter((record) => record.offset <= last);
  }

  async rewind(offset: bigint): Promise<boolean> {
    if (!(await this.#feed.rewind(offset))) return false;
    this.#records = [];
    this.#bytes = 0;
    this.#position = offset;
    return true;
  }

  /** Forgets and commits everything before `next`. */
  async commit(next: bigint): Promise<void> {
    await this.#feed.commit(next);
    this.#records = this.#records.filter((record) => record.offset >= next);
    this.#bytes = this.#records.reduce((sum, record) => sum + record.value.length, 0);
    if (this.#records.length === 0) this.#position = next;
  }

  async #readOn(signal: AbortSignal, patienceMs?: number): Promise<void> {
    if (!this.#started) {
      this.#position = await this.#feed.position();
      this.#started = true;
    }
    const records = await this.#feed.read(this.#position, {
      maxBytes: this.#limits.maxBytes,
      signal,
      ...(patienceMs === undefined ? {} : { patienceMs }),
    });
    for (const record of records) {
      // A feed that was rewound may begin before the place asked for.
      if (this.#position !== undefined && record.offset < this.#position) continue;
      this.#records.push(record);
      this.#bytes += record.value.length;
      this.#position = record.offset + 1n;
    }
  }

  #withinLimits(maxBytes: number): readonly SourceRecord[] {
    let bytes = 0;
    let count = 0;
    const end = (this.#records[0]?.offset ?? 0n) + maxCutOffsets;
    for (const record of this.#records) {
      const full = count >= this.#limits.maxRecords || bytes + record.value.length > maxBytes;
      if (count > 0 && (full || record.offset >= end)) break;
      bytes += record.value.length;
      count++;
    }
    return this.#records.slice(0, count);
  }

  #isFull(taken: readonly SourceRecord[], maxBytes: number): boolean {
    return taken.length >= this.#limits.maxRecords || this.#bytes >= maxBytes;
  }
}
