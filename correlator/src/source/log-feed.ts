import type { AppendLog } from "../log/append-log.ts";
import type { Feed, SourceId, SourceKind, SourceRecord } from "./source.ts";

/** The HTTP doors' log as a partition of its own. */
export class LogFeed implements Feed {
  readonly kind: SourceKind;
  readonly source: SourceId;
  readonly topic: string;
  readonly #log: AppendLog;

  constructor(log: AppendLog, kind: SourceKind) {
    this.#log = log;
    this.kind = kind;
    this.topic = `http/${kind}`;
    this.source = {
      cluster: "http",
      group: "hotspan-correlator",
      topicId: `${kind}-${log.id}`,
      partition: 0,
    };
  }

  get lag(): number {
    return Number(this.#log.next - this.#log.committed);
  }

  position(): Promise<bigint> {
    return Promise.resolve(this.#log.committed);
  }

  async read(
    from: bigint | undefined,
    options: { readonly patienceMs?: number; readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<readonly SourceRecord[]> {
    const offset = from ?? this.#log.committed;
    const patience =
      options.patienceMs === undefined
        ? options.signal
        : AbortSignal.any([options.signal, AbortSignal.timeout(Math.ceil(options.patienceMs))]);
    for (;;) {
      await this.#log.waitFor(offset, patience);
      const records = await this.#log.read(offset, { maxRecords: 1000, maxBytes: options.maxBytes });
      if (records.length > 0 || patience.aborted) return records;
      // The log has grown and yet nothing is readable from here: the rest was damaged on disk. Wait for what follows.
      await this.#log.waitFor(this.#log.next, patience);
    }
  }

  rewind(offset: bigint): Promise<boolean> {
    return Promise.resolve(offset >= this.#log.start);
  }

  commit(next: bigint): Promise<void> {
    return this.#log.commit(next);
  }
}
