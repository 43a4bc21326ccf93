import { ApiError } from "../errors.ts";
import type { TimeRange } from "../params/time.ts";
import type { HeatmapQuery, TraceRow, TracesQuery } from "../types.ts";
import { sumTraces } from "./samples.ts";
import { pairs } from "./selection.ts";
import { endpointSql } from "./endpoint.ts";
import { durationSql } from "./spans.ts";
import { and, nanoTime, oneOf, or, secondTime, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

type TraceFilters = Omit<HeatmapQuery, "buckets" | "from" | "to">;

/** Spans of a trace that starts or ends within the range may lie this far outside of it. */
const MARGIN_NANO = 900_000_000_000n;

const wide = ({ from, to }: TimeRange): Sql =>
  sql`Timestamp >= ${nanoTime(from > MARGIN_NANO ? from - MARGIN_NANO : 0n)} AND Timestamp < ${nanoTime(to + MARGIN_NANO)}`;

function spanCondition(filters: TraceFilters): Sql | undefined {
  const conditions = [
    oneOf(sql`ServiceName`, filters.service),
    oneOf(sql`SpanName`, filters.operation),
    oneOf(endpointSql, filters.endpoint),
    oneOf(sql`ResourceAttributes['service.version']`, filters.version),
    filters.environment === undefined
      ? undefined
      : or([
          sql`ResourceAttributes['deployment.environment.name'] IN ${filters.environment}`,
          sql`ResourceAttributes['deployment.environment'] IN ${filters.environment}`,
        ]),
    ...[...pairs("attr", filters.attr)].map(([key, values]) => {
      const present = (map: Sql): Sql => sql`(mapContains(${map}, ${key}) AND ${map}[${key}] IN ${values})`;
      return or([present(sql`SpanAttributes`), present(sql`ResourceAttributes`)]);
    }),
  ].filter((one) => one !== undefined);
  return conditions.length === 0 ? undefined : and(conditions);
}

/**
 * One row a trace: its id as 16 bytes, start and duration in ns, whether a span failed. A day may have millions: grouped by numbers that
 * takes 60 % of the time and 75 % of the memory that their hex takes.
 */
function matchingTraces(table: Sql, filters: TraceFilters, range: TimeRange): Sql {
  if (filters.minMs !== undefined && filters.maxMs !== undefined && filters.minMs > filters.maxMs)
    throw new ApiError("bad_parameter", "minMs: greater than maxMs", { field: "minMs" });
  const spans = spanCondition(filters);
  const having = [
    sql`start >= ${range.from} AND start < ${range.to}`,
    filters.minMs === undefined ? undefined : sql`duration >= ${BigInt(Math.ceil(filters.minMs * 1e6))}`,
    filters.maxMs === undefined ? undefined : sql`duration <= ${BigInt(Math.floor(filters.maxMs * 1e6))}`,
    filters.status === undefined ? undefined : sql`failed = ${filters.status === "error" ? 1 : 0}`,
  ];
  const buckets = sql`Bucket >= ${secondTime((range.from - MARGIN_NANO) / 1_000_000_000n)} AND Bucket < ${secondTime((range.to + MARGIN_NANO) / 1_000_000_000n)}`;
  return sql`SELECT reinterpretAsFixedString(reinterpretAsUInt128(unhex(TraceId)) AS number) AS id, toUnixTimestamp64Nano(min(Timestamp)) AS start,
      max(toUnixTimestamp64Nano(Timestamp) + toInt64(${durationSql})) - start AS duration,
      max(StatusCode = 'Error') AS failed
    FROM ${table} WHERE ${and([
      wide(range),
      sql`length(TraceId) = 32`,
      spans === undefined
        ? undefined
        : sql`TraceId IN (SELECT TraceId FROM ${table} WHERE ${and([wide(range), spans])})`,
      filters.profiled === undefined
        ? undefined
        : // Of two tables of a cluster ClickHouse makes it GLOBAL by itself in vain, on a single server the word means nothing.
          sql`TraceId ${filters.profiled ? sql`GLOBAL IN` : sql`GLOBAL NOT IN`} (SELECT TraceId FROM profile_traces WHERE ProfileType = 'wall'
            AND ${buckets} UNION DISTINCT SELECT TraceId FROM profile_samples_slow WHERE ${buckets})`,
    ])} GROUP BY number HAVING ${and(having)}`;
}

export interface FoundTrace {
  readonly traceId: string;
  readonly start: bigint;
  readonly duration: bigint;
}

/** One more than `limit` when there is a next page. `after` is the last row of the page before. */
export async function findTraces(
  store: Store,
  caller: Caller,
  query: TracesQuery,
  range: TimeRange,
  limit: number,
  after: FoundTrace | undefined,
): Promise<FoundTrace[]> {
  const order = query.sort === "duration" ? sql`duration` : sql`start`;
  const value = query.sort === "duration" ? after?.duration : after?.start;
  const rows = await store.rows<[string, string, string]>(
    caller,
    sql`SELECT lower(hex(id)), toString(start), toString(duration) FROM (${matchingTraces(store.spans.name, query, range)})
      ${after === undefined || value === undefined ? sql`` : sql`WHERE ${order} < ${value} OR (${order} = ${value} AND id > unhex(${after.traceId}))`}
      ORDER BY ${order} DESC, id LIMIT ${limit + 1}`,
  );
  return rows.map(([traceId, start, duration]) => ({
    traceId,
    start: BigInt(start),
    duration: BigInt(duration),
  }));
}

/** The rows of a page, in its order. */
export async function describeTraces(
  store: Store,
  caller: Caller,
  found: readonly FoundTrace[],
): Promise<TraceRow[]> {
  if (found.length === 0) return [];
  let low = found[0]!.start;
  let high = low;
  for (const { start, duration } of found) {
    if (start < low) low = start;
    if (start + duration > high) high = start + duration;
  }
  const ids = found.map((one) => one.traceId);
  type Root = [spanId: string, service: string, name: string, endpoint: string];
  type Row = [string, string | number, string | number, string[], Root, string | number, boolean | number];
  const [rows, sums] = await Promise.all([
    store.rows<Row>(
      caller,
      sql`SELECT TraceId, uniqExact(SpanId), uniqExactIf(SpanId, StatusCode = 'Error'), arraySort(groupUniqArray(ServiceName)),
          argMinIf((SpanId, ServiceName, SpanName, ${endpointSql}), (Timestamp, -toInt64(${durationSql}), SpanId), parent = '') AS root,
          countIf(parent = '') AS roots,
          hasAll(groupUniqArray(SpanId), groupUniqArrayIf(parent, parent != ''))
        FROM (SELECT *, if(ParentSpanId = '0000000000000000', '', ParentSpanId) AS parent FROM ${store.spans.name}
          WHERE TraceId IN ${ids} AND Timestamp >= ${nanoTime(low)} AND Timestamp <= ${nanoTime(high)})
        GROUP BY TraceId`,
    ),
    sumTraces(store, caller, ids),
  ]);
  const byId = new Map(rows.map((row) => [row[0], row]));
  return found.flatMap(({ traceId, start, duration }) => {
    const row = byId.get(traceId);
    if (row === undefined) return [];
    const [, spans, errors, services, root, roots, whole] = row;
    const sum = sums.get(traceId);
    return {
      traceId,
      root:
        Number(roots) === 0
          ? null
          : {
              spanId: root[0],
              service: root[1],
              name: root[2],
              endpoint: root[3] === "" ? null : root[3],
            },
      startUnixNano: String(start),
      durationNano: Number(duration),
      spans: Number(spans),
      errors: Number(errors),
      services,
      samples: sum?.samples ?? 0,
      cpuNano: sum?.cpuNano ?? 0,
      complete: Number(roots) > 0 && Boolean(whole),
    };
  });
}

export async function durationBounds(
  store: Store,
  caller: Caller,
  filters: TraceFilters,
  range: TimeRange,
): Promise<{ readonly min: number; readonly max: number } | undefined> {
  const [row] = await store.rows<[string | number, string, string]>(
    caller,
    sql`SELECT count(), toString(min(duration)), toString(max(duration)) FROM (${matchingTraces(store.spans.name, filters, range)})`,
  );
  return row === undefined || Number(row[0]) === 0 ? undefined : { min: Number(row[1]), max: Number(row[2]) };
}

export async function countCells(
  store: Store,
  caller: Caller,
  filters: TraceFilters,
  range: TimeRange,
  stepNano: bigint,
  edges: readonly number[],
): Promise<number[][]> {
  const rows = await store.rows<[number | string, number | string, number | string, number | string]>(
    caller,
    sql`SELECT intDiv(start - ${range.from}, ${stepNano}) AS column,
        arrayCount(edge -> edge <= duration, array${edges}) - 1 AS row, count(), sum(failed)
      FROM (${matchingTraces(store.spans.name, filters, range)}) GROUP BY column, row ORDER BY column, row`,
  );
  return rows.map((row) => row.map(Number));
}
