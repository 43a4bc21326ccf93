import { ClickHouseError, type ClickHouseClient } from "@clickhouse/client";

/** Of each operation and day, of its local roots, by duration. */
const slowest = { share: 0.01, least: 10, most: 500 };

/** Samples of a trace lie this far outside of the day its slow local root began in. */
const marginSeconds = 3600;

const dayMs = 86_400_000;

/** How long after its end a day is whole: windows older than 24 h are refused, and a window lasts a while. */
const settledMs = 26 * 3_600_000;

/** `QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING` */
const alreadyRunning = "216";

/** Days (UTC, `2026-11-20`) that have samples, are whole, and have not been copied, the oldest first. */
export async function daysToCopy(client: ClickHouseClient, nowMs: number): Promise<readonly string[]> {
  const last = new Date(nowMs - settledMs - dayMs).toISOString().slice(0, 10);
  const result = await client.query({
    // Counts of partitions come from the parts' own figures: no rows are read.
    query: `SELECT toString(toDate(_partition_id)) AS day FROM profile_samples GROUP BY _partition_id HAVING count() > 0
        AND day <= {last:String} AND day NOT IN (SELECT toString(Day) FROM profile_slow_days)
      ORDER BY day`,
    query_params: { last },
    format: "JSONEachRow",
  });
  return (await result.json<{ day: string }>()).map(({ day }) => day);
}

export interface CopiedDay {
  readonly traces: number;
  readonly samples: number;
}

/**
 * Copies the samples of a day's slow traces into `profile_samples_slow`. Slow are, of each operation (service and span name), the
 * slowest hundredth of the local roots that began on that day, at least 10 and at most 500. A local root is a span that came into
 * its process: of kind Server or Consumer, or without a parent. All samples of its trace are copied, of any service.
 *
 * Copying a day twice leaves what copying it once does. Two correlators at the same day at once: the server refuses the second.
 * @param spans the table of spans, quoted
 * @returns undefined when another is at it
 */
export async function copySlowDay(
  client: ClickHouseClient,
  { day, spans, owner, signal }: { day: string; spans: string; owner: string; signal?: AbortSignal },
): Promise<CopiedDay | undefined> {
  const slow = `SELECT DISTINCT arrayJoin(arraySlice(groupArraySorted(${slowest.most})((-length, TraceId)), 1,
        greatest(${slowest.least}, toUInt64(ceil(count() * ${slowest.share}))))).2 AS trace
      FROM (SELECT ServiceName, SpanName, TraceId, if(Duration > 9223372036854775807, 0, toInt64(Duration)) AS length FROM ${spans}
        WHERE Timestamp >= toDateTime64({day:Date}, 9, 'UTC') AND Timestamp < toDateTime64({day:Date} + 1, 9, 'UTC') AND TraceId != ''
          AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId IN ('', '0000000000000000')))
      GROUP BY ServiceName, SpanName`;
  const abort = signal === undefined ? {} : { abort_signal: signal };
  try {
    await client.command({
      query: `INSERT INTO profile_samples_slow
          (TraceId, SpanId, Timestamp, Instance, Thread, StackHash, ServiceName, ProfileType, Bucket, Endpoint, State, Samples, Value, CpuNano)
        SELECT TraceId, SpanId, Timestamp, Instance, Thread, StackHash, ServiceName, ProfileType, Bucket, Endpoint, State,
          count(), sum(Value), sum(CpuNano)
        FROM profile_samples
        WHERE ProfileType = 'wall' AND Bucket >= toDateTime({day:Date}, 'UTC') - ${marginSeconds}
          AND Bucket < toDateTime({day:Date} + 1, 'UTC') + ${marginSeconds} AND TraceId IN (${slow})
        GROUP BY ALL
        SETTINGS max_bytes_before_external_group_by = 268435456, max_threads = 1, max_insert_threads = 1, max_execution_time = 0,
          -- Of a cluster: which are the slowest is asked of all shards together.
          parallel_distributed_insert_select = 0, distributed_foreground_insert = 1, distributed_product_mode = 'global'`,
      query_params: { day },
      // The same for every correlator: what the server runs already it does not begin again.
      query_id: `hotspan-slow-${day}`,
      ...abort,
    });
  } catch (error) {
    if (error instanceof ClickHouseError && error.code === alreadyRunning) return undefined;
    throw error;
  }
  const result = await client.query({
    query: `SELECT toString(uniqExact(TraceId)) AS traces, toString(sum(Samples)) AS samples FROM profile_samples_slow FINAL
      WHERE Bucket >= toDateTime({day:Date}, 'UTC') AND Bucket < toDateTime({day:Date} + 1, 'UTC')`,
    query_params: { day },
    format: "JSONEachRow",
    ...abort,
  });
  const [row] = await result.json<{ traces: string; samples: string }>();
  const copied = { traces: Number(row?.traces), samples: Number(row?.samples) };
  await client.insert({
    table: "profile_slow_days",
    columns: ["Day", "Traces", "Samples", "CopiedBy"],
    values: [[day, copied.traces, copied.samples, owner]],
    format: "JSONCompactEachRow",
  });
  return copied;
}
