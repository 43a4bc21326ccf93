import type { ClickHouseClient } from "@clickhouse/client";
import { quoteIdentifier } from "@hotspan/store";
import type { SpanProbe, TableBlock } from "../decode/index.ts";
import { timeColumn } from "./tables.ts";

/** A bucket is rounded down to ten minutes. */
const slackMs = 600_000;
const idsPerQuery = 1000;

function range(block: TableBlock): { readonly from: string; readonly to: string } {
  return {
    from: ((block.timeRange.fromMs - slackMs) / 1000).toFixed(3),
    to: ((block.timeRange.toMs + slackMs) / 1000).toFixed(3),
  };
}

/** Partitions with fewer rows of the batch than the block has. */
export async function countBatch(
  client: ClickHouseClient,
  batch: bigint,
  block: TableBlock,
): Promise<ReadonlySet<string>> {
  const column = timeColumn(block.table);
  const result = await client.query({
    query: `SELECT toString(toYYYYMMDD(${column}, 'UTC')) AS day, toString(count()) AS rows
      FROM ${quoteIdentifier(block.table)}
      WHERE Batch = {batch:UInt64}
        AND ${column} BETWEEN toDateTime64({from:Decimal64(3)}, 3, 'UTC') AND toDateTime64({to:Decimal64(3)}, 3, 'UTC')
      GROUP BY day`,
    query_params: { batch: batch.toString(), ...range(block) },
    format: "JSONEachRow",
  });
  const found = new Map((await result.json<{ day: string; rows: string }>()).map((r) => [r.day, +r.rows]));
  return new Set(
    [...block.perPartition].filter(([day, rows]) => (found.get(day) ?? 0) < rows).map(([d]) => d),
  );
}

/**
 * Partitions in which some span of the block is missing. Spans carry no batch, and one that was sent twice may be there
 * from another batch: but a block is all or nothing per partition, so if ours is not there while every span is, the
 * others brought them all.
 */
export async function missingSpans(
  client: ClickHouseClient,
  block: TableBlock,
  ids: readonly SpanProbe[],
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const part = ids.slice(at, at + idsPerQuery);
    const result = await client.query({
      query: `SELECT DISTINCT concat(TraceId, SpanId) AS id FROM ${quoteIdentifier(block.table)}
        WHERE TraceId IN ({traces:Array(String)}) AND SpanId IN ({spans:Array(String)})
          AND Timestamp BETWEEN toDateTime64({from:Decimal64(3)}, 9, 'UTC') AND toDateTime64({to:Decimal64(3)}, 9, 'UTC')`,
      query_params: {
        traces: [...new Set(part.map((id) => id.traceId))],
        spans: part.map((id) => id.spanId),
        ...range(block),
      },
      format: "JSONEachRow",
    });
    const found = new Set((await result.json<{ id: string }>()).map((row) => row.id));
    for (const { traceId, spanId, day } of part) if (!found.has(traceId + spanId)) missing.add(day);
  }
  return missing;
}

/**
 * `otel_traces_trace_id_ts` is filled by a materialized view: a server killed between the two tables leaves a trace out
 * that nothing would add later. Its rows are read with min and max, so once more does no harm.
 */
export async function repairTraceIndex(
  client: ClickHouseClient,
  block: TableBlock,
  ids: readonly SpanProbe[],
): Promise<void> {
  const traces = [...new Set(ids.map((id) => id.traceId))];
  for (let at = 0; at < traces.length; at += idsPerQuery) {
    await client.command({
      query: `INSERT INTO otel_traces_trace_id_ts (TraceId, Start, End)
        SELECT TraceId, toDateTime(min(Timestamp)), toDateTime(max(Timestamp)) FROM ${quoteIdentifier(block.table)}
        WHERE TraceId IN ({traces:Array(String)})
          AND Timestamp BETWEEN toDateTime64({from:Decimal64(3)}, 9, 'UTC') AND toDateTime64({to:Decimal64(3)}, 9, 'UTC')
        GROUP BY TraceId`,
      query_params: { traces: traces.slice(at, at + idsPerQuery), ...range(block) },
    });
  }
}
