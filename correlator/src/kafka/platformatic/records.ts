import type { fetchV17, KafkaRecord } from "@platformatic/kafka";
import type { SourceRecord } from "../../source/source.ts";

/** A record as it was written, and where it lies. */
export interface RawRecord extends Pick<KafkaRecord, "key" | "value" | "headers"> {
  readonly offset: bigint;
  readonly timestampMs: number;
}

export interface Fetched {
  readonly records: readonly RawRecord[];
  /** What to fetch next: beyond the last record, also of those left out. */
  readonly end: bigint;
}

// Bits of a batch's attributes (https://kafka.apache.org/documentation/#recordbatch).
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * The records of a fetch from `from` on: a batch comes whole, so it may begin before. Markers of transactions and what
 * aborted ones wrote are left out; the library leaves out only those whose marker came in the same fetch.
 */
export function readFetched(partition: fetchV17.FetchResponsePartition, from: bigint): Fetched {
  const records: RawRecord[] = [];
  const aborted = new Set<bigint>();
  const aborts = (partition.abortedTransactions ?? []).toSorted((a, b) =>
    a.firstOffset < b.firstOffset ? -1 : 1,
  );
  let end = from;
  for (const batch of partition.records ?? []) {
    const after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if (after > end) end = after;
    while (aborts[0] !== undefined && aborts[0].firstOffset < after) {
      aborted.add(aborts[0].producerId);
      aborts.shift();
    }
    if ((batch.attributes & CONTROL) !== 0) {
      // Whatever it says, the producer's transaction ends here.
      aborted.delete(batch.producerId);
      continue;
    }
    if ((batch.attributes & TRANSACTIONAL) !== 0 && aborted.has(batch.producerId)) continue;
    // The broker's time stands in the batch; a producer's in each record.
    const appended = (batch.attributes & LOG_APPEND_TIME) !== 0;
    for (const { key, value, headers, offsetDelta, timestampDelta } of batch.records) {
      const offset = batch.firstOffset + BigInt(offsetDelta);
      if (offset < from) continue;
      const timestamp = appended ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta;
      records.push({ offset, timestampMs: Number(timestamp), key, value, headers });
    }
  }
  return { records, end };
}

export function toSourceRecord({ offset, timestampMs, key, value, headers }: RawRecord): SourceRecord {
  const texts: Record<string, string> = {};
  for (const [name, text] of headers)
    if (name !== null && text !== null) texts[name.toString().toLowerCase()] ??= text.toString();
  const rawHeaders = Array.from(headers, ([name, text]) => [name?.toString() ?? "", text] as const);
  return {
    offset,
    timestampMs,
    headers: texts,
    rawHeaders,
    value: value ?? Buffer.alloc(0),
    key: key ?? undefined,
  };
}
