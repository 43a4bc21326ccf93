/** Names a source partition for ever: a new topic or log of the same name has another id. */
export interface SourceId {
  /** Kafka's cluster id, or `http`. */
  readonly cluster: string;
  readonly group: string;
  readonly topicId: string;
  readonly partition: number;
}

export type RawHeader = readonly [name: string, value: Uint8Array | null];

/** `otlpProfiles` brings OTLP only; `profiles` whatever its headers say, windows by default. */
export type SourceKind = "profiles" | "spans" | "otlpProfiles";

export interface SourceRecord {
  readonly offset: bigint;
  /** The record's own time: of the broker, or of the HTTP receipt. */
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
  readonly key?: Uint8Array | undefined;
  /** Of Kafka: headers as they were, in order, with repeated names and values that are no text. */
  readonly rawHeaders?: readonly RawHeader[];
  /** It stands for a batch of records that was not read, the last of which had this offset. */
  readonly refused?: { readonly code: string; readonly detail: string };
}

/** What a Kafka partition and a local log have in common: ordered records, a committed position, reading on. */
export interface Feed {
  readonly source: SourceId;
  readonly kind: SourceKind;
  /** For people: a topic's name, or `http/profiles`. */
  readonly topic: string;
  /** Records behind the committed position, as far as is known. */
  readonly lag: number;
  /** The committed position; undefined when nothing was ever committed. */
  position(): Promise<bigint | undefined>;
  /**
   * The records that follow, at least one, from `from` (undefined: from wherever the feed stands). Empty only when the
   * signal aborts or `patienceMs` has passed.
   */
  read(
    from: bigint | undefined,
    options: { readonly patienceMs?: number; readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<readonly SourceRecord[]>;
  /** Reads again from `offset`; false when the records there are gone. */
  rewind(offset: bigint): Promise<boolean>;
  commit(next: bigint): Promise<void>;
}

export function sourceName(source: SourceId): string {
  return `${source.cluster}/${source.group}/${source.topicId}/${source.partition}`;
}
