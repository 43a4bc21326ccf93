import { durationSql } from "./spans.ts";
import { and, nanoTime, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

const LONGEST_NANO = 120_000_000_000n;
const MAX_SPANS = 1_000;
const MAX_TRACES = 200;

export interface Lane {
  readonly service: string;
  readonly instance: string;
  readonly thread: number;
}

export interface LaneSpans {
  /** `trace/span` of each, latest first. */
  readonly spans: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly traceIds: readonly string[];
  /** Start of the first of them, Unix ns. */
  readonly from: bigint;
}

/** Which spans of a thread ran within [from, to), of any trace; those that began up to two minutes before. */
export async function readLaneSpans(
  store: Store,
  caller: Caller,
  { service, instance, thread }: Lane,
  from: bigint,
  to: bigint,
): Promise<LaneSpans> {
  const rows = await store.rows<[string, string, string]>(
    caller,
    sql`SELECT TraceId, SpanId, toString(toUnixTimestamp64Nano(Timestamp)) FROM ${store.spans.name} WHERE ${and(
      [
        sql`ServiceName = ${service} AND TraceId != ''`,
        sql`Timestamp >= ${nanoTime(from > LONGEST_NANO ? from - LONGEST_NANO : 0n)} AND Timestamp < ${nanoTime(to)}`,
        sql`toUnixTimestamp64Nano(Timestamp) + toInt64(${durationSql}) > ${from}`,
        sql`SpanAttributes['hotspan.instance'] = ${instance} AND SpanAttributes['thread.id'] = ${String(thread)}`,
      ],
    )} ORDER BY Timestamp DESC, SpanId LIMIT 1 BY TraceId, SpanId LIMIT ${MAX_SPANS}`,
  );
  const traceIds = [...new Set(rows.map(([traceId]) => traceId))].slice(0, MAX_TRACES);
  const kept = new Set(traceIds);
  const spans = rows.filter(([traceId]) => kept.has(traceId));
  return {
    spans: spans.map(([traceId, spanId]) => ({ traceId, spanId })),
    traceIds,
    from: spans.reduce((least, [, , start]) => (BigInt(start) < least ? BigInt(start) : least), from),
  };
}
