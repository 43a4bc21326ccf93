import type { fetchV17 } from "@platformatic/kafka";
import type { SourceRecord } from "../../source/source.ts";

export interface Fetched {
  readonly records: readonly SourceRecord[];
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
  const records: SourceRecord[] = [];
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
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta);
      if (offset < from) continue;
      const headers: Record<string, string> = {};
      for (const [name, value] of record.headers)
        if (name !== null && value !== null) headers[name.toString().toLowerCase()] ??= value.toString();
      records.push({
        offset,
        timestampMs: Number(appended ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta),
        headers,
        value: record.value ?? Buffer.alloc(0),
        key: record.key ?? undefined,
      });
    }
  }
  return { records, end };
}
