import { LETTER_HEADERS } from "../kafka/dead-letter-topic.ts";
import type { RawRecord } from "../kafka/platformatic/records.ts";

export type Header = readonly [name: Buffer, value: Buffer | null];

/** A record of `hotspan.dlq`. */
export interface Letter {
  /** Of the letter itself. */
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly code: string;
  readonly detail: string;
  /** cluster/group/topic id/partition of the record it was. */
  readonly source: string;
  /** Undefined in letters of versions that did not write it. */
  readonly topic: string | undefined;
  readonly sourcePartition: number;
  readonly sourceOffset: string;
  readonly sourceTimestampMs: number;
  /** As they were. */
  readonly key: Buffer | undefined;
  readonly headers: readonly Header[];
  /** Undefined: with the letter's headers it was too large for the broker. */
  readonly value: Buffer | undefined;
}

/** Undefined for a record that no correlator wrote. */
export function readLetter(partition: number, record: RawRecord): Letter | undefined {
  const own = new Map<string, Buffer>();
  const headers: Header[] = [];
  const ours: ReadonlySet<string> = new Set(Object.values(LETTER_HEADERS));
  for (const [name, value] of record.headers) {
    if (name === null) continue;
    const earlier = own.get(name.toString());
    if (!ours.has(name.toString()) || value === null) headers.push([name, value]);
    else {
      // A letter that became one again has names of ours twice: the last is ours.
      if (earlier !== undefined) headers.push([name, earlier]);
      own.set(name.toString(), value);
    }
  }
  const text = (name: keyof typeof LETTER_HEADERS): string | undefined =>
    own.get(LETTER_HEADERS[name])?.toString();
  const [code, source, sourceOffset] = [text("code"), text("source"), text("offset")];
  if (code === undefined || source === undefined || sourceOffset === undefined) return undefined;
  return {
    partition,
    offset: record.offset,
    timestampMs: record.timestampMs,
    code,
    detail: text("detail") ?? "",
    source,
    topic: text("topic"),
    sourcePartition: Number(source.slice(source.lastIndexOf("/") + 1)),
    sourceOffset,
    sourceTimestampMs: Number(text("timestampMs") ?? 0),
    key: own.get(LETTER_HEADERS.key),
    headers,
    value: record.value ?? undefined,
  };
}
