import { createHash } from "node:crypto";
import type { WindowKey } from "../decode/index.ts";
import type { SourceId } from "../source/source.ts";

/** The `Batch` column: 64 bits of a hash over the cut's key. */
export function batchId(source: SourceId, first: bigint): bigint {
  const text = [source.cluster, source.group, source.topicId, source.partition, first].join("\0");
  return createHash("sha256").update(text).digest().readBigUInt64LE(0);
}

/** Deduplication token of a batch's block in one table. Attempt 1 has no suffix. */
export function blockToken(batch: bigint, table: string, attempt: number): string {
  return `${batch.toString(16)}/${table}${attempt === 1 ? "" : `#${attempt}`}`;
}

/** 128 bits: at 10^9 windows a chance collision, which would drop a window, stays below 10^-20. */
export function windowHash(key: WindowKey): bigint {
  const text = [key.instance, key.thread, key.startMicros, key.part].join("\0");
  const digest = createHash("sha256").update(text).digest();
  return digest.readBigUInt64LE(0) | (digest.readBigUInt64LE(8) << 64n);
}
