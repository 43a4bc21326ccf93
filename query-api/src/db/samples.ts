import { and, microTime, or, secondTime, Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** Samples of one span, stack and thread, summed. */
export interface SampleGroup {
  readonly service: string;
  readonly spanId: string;
  readonly instance: string;
  readonly thread: number;
  readonly stackHash: string;
  readonly wall: number;
  readonly cpu: number;
  readonly samples: number;
}

type Key = [service: string, bucket: number | string, endpoint: string];

/** The keys of profile_samples under which samples of these traces lie, from the index on traces. */
async function keysOf(store: Store, caller: Caller, traceId: string): Promise<Key[]> {
  return store.rows<Key>(
    caller,
    sql`SELECT DISTINCT ServiceName, toUnixTimestamp(Bucket), Endpoint FROM profile_traces
      WHERE TraceId = ${traceId} AND ProfileType = 'wall'`,
  );
}

const keyCondition = (keys: readonly Key[], rest: Sql): Sql =>
  or(
    keys.map(
      ([service, bucket, endpoint]) =>
        sql`ServiceName = ${service} AND ProfileType = 'wall' AND Bucket = ${secondTime(BigInt(bucket))} AND Endpoint = ${endpoint} AND ${rest}`,
    ),
  );

/**
 * Samples of a trace, or of one of its spans, by span and stack. Two steps: index, then literal keys. What has expired is looked for
 * among the samples of slow traces.
 */
export async function readTraceSamples(
  store: Store,
  caller: Caller,
  traceId: string,
  spanId?: string,
): Promise<SampleGroup[]> {
  type Row = [string, string, string, number, string, string, string, number | string];
  const keys = await keysOf(store, caller, traceId);
  const rest =
    spanId === undefined ? sql`TraceId = ${traceId}` : sql`TraceId = ${traceId} AND SpanId = ${spanId}`;
  const by = sql`ServiceName, SpanId, Instance, Thread, StackHash`;
  const columns = sql`ServiceName, SpanId, Instance, Thread, toString(StackHash), toString(sum(Value)), toString(sum(CpuNano))`;
  const rows =
    keys.length === 0
      ? []
      : await store.rows<Row>(
          caller,
          sql`SELECT ${columns}, count() FROM profile_samples WHERE ${keyCondition(keys, rest)} GROUP BY ${by}`,
        );
  const missing = expiredBefore(keys, rows.length);
  if (missing !== undefined)
    rows.push(
      ...(await store.rows<Row>(
        caller,
        sql`SELECT ${columns}, sum(Samples) FROM profile_samples_slow FINAL WHERE ${and([rest, ...missing])} GROUP BY ${by}`,
      )),
    );
  return rows.map(([service, span, instance, thread, stackHash, wall, cpu, samples]) => ({
    service,
    spanId: span,
    instance,
    thread,
    stackHash,
    wall: Number(wall),
    cpu: Number(cpu),
    samples: Number(samples),
  }));
}

const DAY_SECONDS = 86_400;

/**
 * Which samples of a trace may have expired, as conditions; undefined: none. Samples go by the day: all of them, or, of a trace that
 * has some from the first minutes of a day on, those of the day before.
 */
function expiredBefore(keys: readonly Key[], found: number): readonly Sql[] | undefined {
  if (found === 0) return [];
  const first = Math.min(...keys.map(([, bucket]) => Number(bucket)));
  return first % DAY_SECONDS === 0 ? [sql`Bucket < ${secondTime(BigInt(first))}`] : undefined;
}

/** Whether samples of this trace are kept longer than others. */
export async function isKept(store: Store, caller: Caller, traceId: string): Promise<boolean> {
  const rows = await store.rows<[number]>(
    caller,
    sql`SELECT 1 FROM profile_samples_slow WHERE TraceId = ${traceId} LIMIT 1`,
  );
  return rows.length > 0;
}

/** How many samples each span of a trace has. */
export async function countTraceSamples(
  store: Store,
  caller: Caller,
  traceId: string,
): Promise<ReadonlyMap<string, number>> {
  type Row = [string, number | string];
  const keys = await keysOf(store, caller, traceId);
  const rows =
    keys.length === 0
      ? []
      : await store.rows<Row>(
          caller,
          sql`SELECT SpanId, count() FROM profile_samples WHERE ${keyCondition(keys, sql`TraceId = ${traceId}`)} GROUP BY SpanId`,
        );
  const missing = expiredBefore(keys, rows.length);
  if (missing !== undefined)
    rows.push(
      ...(await store.rows<Row>(
        caller,
        sql`SELECT SpanId, sum(Samples) FROM profile_samples_slow FINAL WHERE ${and([sql`TraceId = ${traceId}`, ...missing])} GROUP BY SpanId`,
      )),
    );
  const counts = new Map<string, number>();
  for (const [spanId, count] of rows) counts.set(spanId, (counts.get(spanId) ?? 0) + Number(count));
  return counts;
}

/** Samples and CPU of each of a page of traces. */
export async function sumTraces(
  store: Store,
  caller: Caller,
  traceIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly samples: number; readonly cpuNano: number }>> {
  const sums = new Map<string, { readonly samples: number; readonly cpuNano: number }>();
  if (traceIds.length === 0) return sums;
  type Row = [string, number | string, string];
  const add = (rows: readonly Row[]): void => {
    for (const [traceId, samples, cpu] of rows)
      sums.set(traceId, { samples: Number(samples), cpuNano: Math.max(0, Number(cpu)) });
  };
  const keys = await store.rows<Key>(
    caller,
    sql`SELECT DISTINCT ServiceName, toUnixTimestamp(Bucket), Endpoint FROM profile_traces
      WHERE TraceId IN ${traceIds} AND ProfileType = 'wall'`,
  );
  const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
  // A set per column, and the bloom index on TraceId: for 50 traces 35 ms, where their exact keys, ORed, took 165 ms and
  // as tuples 99 ms.
  const where = and([
    sql`ServiceName IN ${distinct(keys.map(([service]) => service))}`,
    sql`ProfileType = 'wall'`,
    sql`Bucket IN ${distinct(keys.map(([, bucket]) => String(bucket))).map((bucket) => secondTime(BigInt(bucket)))}`,
    sql`Endpoint IN ${distinct(keys.map(([, , endpoint]) => endpoint))}`,
    sql`TraceId IN ${traceIds}`,
  ]);
  if (keys.length > 0)
    add(
      await store.rows<Row>(
        caller,
        sql`SELECT TraceId, count(), toString(sum(CpuNano)) FROM profile_samples WHERE ${where} GROUP BY TraceId`,
      ),
    );
  const without = traceIds.filter((traceId) => !sums.has(traceId));
  if (without.length > 0)
    add(
      await store.rows<Row>(
        caller,
        sql`SELECT TraceId, sum(Samples), toString(sum(CpuNano)) FROM profile_samples_slow FINAL WHERE TraceId IN ${without} GROUP BY TraceId`,
      ),
    );
  return sums;
}

/**
 * Sums by stack over a selection, greatest first, at most `limit`, and the sums of all.
 * @param parts conditions of which no two hold at once, as `selectionParts` makes them
 */
export async function readSelectionSamples(
  store: Store,
  caller: Caller,
  parts: readonly Sql[],
  byCpu: boolean,
  limit: number,
): Promise<{
  readonly groups: SampleGroup[];
  readonly rest: { wall: number; cpu: number; samples: number };
}> {
  const rows = await store.rows<
    [string, string, string, string, number | string, string, string, number | string]
  >(
    caller,
    sql`SELECT ServiceName, toString(StackHash), toString(sum(partWall) AS wall), toString(sum(partCpu) AS cpu), sum(partCount) AS n,
        toString(sum(wall) OVER ()), toString(sum(cpu) OVER ()), sum(n) OVER ()
      FROM (${new Sql(parts.map((where) => sumsWhere(where).text).join(" UNION ALL "))}) GROUP BY ServiceName, StackHash
      ORDER BY ${byCpu ? sql`cpu` : sql`wall`} DESC, ServiceName, StackHash LIMIT ${limit}`,
  );
  const rest = {
    wall: Number(rows[0]?.[5] ?? 0),
    cpu: Number(rows[0]?.[6] ?? 0),
    samples: Number(rows[0]?.[7] ?? 0),
  };
  const groups = rows.map(([service, stackHash, wall, cpu, samples]) => {
    const group = {
      service,
      spanId: "",
      instance: "",
      thread: 0,
      stackHash,
      wall: Number(wall),
      cpu: Number(cpu),
      samples: Number(samples),
    };
    rest.wall -= group.wall;
    rest.cpu -= group.cpu;
    rest.samples -= group.samples;
    return group;
  });
  return { groups, rest };
}

const sumsWhere = (where: Sql): Sql =>
  sql`SELECT ServiceName, StackHash, sum(Value) AS partWall, sum(CpuNano) AS partCpu, count() AS partCount
    FROM profile_samples WHERE ${where} GROUP BY ServiceName, StackHash`;

/** `Timestamp` and the partition key within [from, to). */
export function sampleTime(from: bigint, to: bigint): Sql {
  const bucket = (from / 600_000_000_000n) * 600n;
  return sql`Bucket >= ${secondTime(bucket)} AND Bucket <= ${secondTime((to - 1n) / 1_000_000_000n)} AND Timestamp >= ${microTime(from)} AND Timestamp < ${microTime(to)}`;
}
