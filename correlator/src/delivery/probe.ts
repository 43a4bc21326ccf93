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

/**
 * Partitions without a row of the batch. One row is enough: a block is all or nothing per partition, and of what was stored a
 * deletion may have taken some since.
 */
export async function countBatch(
  client: ClickHouseClient,
  batch: bigint,
  block: TableBlock,
): Promise<ReadonlySet<string>> {
  const column = timeColumn(block.table);
  const result = await client.query({
    query: `SELECT DISTINCT toString(toYYYYMMDD(${column}, 'UTC')) AS day
      FROM ${quoteIdentifier(block.table)}
      WHERE Batch = {batch:UInt64}
        AND ${column} BETWEEN toDateTime64({from:Decimal64(3)}, 3, 'UTC') AND toDateTime64({to:Decimal64(3)}, 3, 'UTC')`,
    query_params: { batch: batch.toString(), ...range(block) },
    format: "JSONEachRow",
  });
  const found = new Set((await result.json<{ day: string }>()).map(({ day }) => day));
  return new Set([...block.perPartition.keys()].filter((day) => !found.has(day)));
}

/**
 * Partitions in which some span of the block is missing. Spans carry no batch, and one that was sent twice may be there
 * from another batch: but a block is all or nothing per partition, so if ours is not there while every span is, the
 * others brought them all. Those that a deletion takes are not missed: to bring them back would bring their neighbours twice.
 */
export async function missingSpans(
  client: ClickHouseClient,
  block: TableBlock,
  ids: readonly SpanProbe[],
): Promise<ReadonlySet<string>> {
  const missing: SpanProbe[] = [];
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
    missing.push(...part.filter(({ traceId, spanId }) => !found.has(traceId + spanId)));
  }
  if (missing.length === 0) return new Set();
  const deleted = await deletedSpans(client);
  return new Set(missing.filter((span) => !deleted(span)).map(({ day }) => day));
}

/** Tells the spans that a job of the last days has deleted, or will. */
async function deletedSpans(client: ClickHouseClient): Promise<(span: SpanProbe) => boolean> {
  const result = await client.query({
    query: `SELECT Service AS service, arrayMap(id -> lower(leftPad(hex(id), 32, '0')), TraceIds) AS traces,
        toString(toUnixTimestamp64Milli(RequestedAt)) AS requestedAt
      FROM deletion_jobs FINAL WHERE Kind IN ('service', 'traces') AND RequestedAt > now() - INTERVAL 3 DAY`,
    format: "JSONEachRow",
  });
  const jobs = await result.json<{ service: string; traces: string[]; requestedAt: string }>();
  const traces = new Set(jobs.flatMap((job) => job.traces));
  const services = new Map<string, number>();
  for (const { service, requestedAt } of jobs)
    services.set(service, Math.max(services.get(service) ?? 0, Number(requestedAt)));
  return ({ traceId, service, startMs }) =>
    traces.has(traceId) || (service !== "" && startMs < (services.get(service) ?? 0));
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
