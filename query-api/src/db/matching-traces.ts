// Which traces a search means.
import { ApiError } from "../errors.ts";
import type { TimeRange } from "../params/time.ts";
import type { HeatmapQuery } from "../types.ts";
import { checkInstances, labelCondition, pairs } from "./selection.ts";
import { filterConditions, type SpanColumns, spanColumns } from "./span-columns.ts";
import { durationSql } from "./spans.ts";
import { and, nanoTime, oneOf, or, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";
import { seconds, TEN_MINUTES } from "./ten-minutes.ts";

export type TraceFilters = Omit<HeatmapQuery, "buckets" | "from" | "to">;

/** Spans of a trace that starts or ends within the range may lie this far outside of it, up to whole ten minutes. */
const MARGIN_NANO = 900_000_000_000n;

/** The whole ten minutes in which spans of the range's traces lie. */
export function wide({ from, to }: TimeRange): TimeRange {
  const first = from > MARGIN_NANO ? from - MARGIN_NANO : 0n;
  return {
    from: (first / TEN_MINUTES) * TEN_MINUTES,
    to: ((to + MARGIN_NANO) / TEN_MINUTES + 1n) * TEN_MINUTES,
  };
}

/** @param spans where they are looked for */
function spanCondition(filters: TraceFilters, columns: SpanColumns, spans: TimeRange): Sql | undefined {
  checkInstances(filters.instance);
  const conditions = [
    ...filterConditions(columns, filters),
    oneOf(sql`SpanName`, filters.operation),
    labelCondition(filters, spans),
    ...[...pairs("attr", filters.attr)].map(([key, values]) => {
      const present = (map: Sql): Sql => sql`(mapContains(${map}, ${key}) AND ${map}[${key}] IN ${values})`;
      return or([present(sql`SpanAttributes`), present(sql`ResourceAttributes`)]);
    }),
  ].filter((one) => one !== undefined);
  return conditions.length === 0 ? undefined : and(conditions);
}

/** A day may have millions of traces: grouped by numbers they take 60 % of the time and 75 % of the memory that their hex takes. */
const numberSql: Sql = sql`reinterpretAsUInt128(unhex(TraceId))`;
/** By which traces are looked up in lists of millions: half the time that whole ids take. Two are alike once in 10^19. */
const hashSql: Sql = sql`cityHash64(${numberSql})`;

/** A service as one of 64 bits, by which the projection `traces` knows those of a trace. */
const bitSql = (service: Sql): Sql => sql`bitShiftLeft(toUInt64(1), cityHash64(${service}) % 64)`;
const bitsSql: Sql = sql`groupBitOr(${bitSql(sql`ServiceName`)})`;

/** In the words of the projections of a span table of ours. */
const tenMinutes = ({ from, to }: TimeRange): Sql =>
  sql`toStartOfTenMinutes(Timestamp) >= ${seconds(from)} AND toStartOfTenMinutes(Timestamp) < ${seconds(to)}`;

/** Services that are all that is asked of spans, and whose bits nobody else in this time has. */
async function servicesByBits(
  store: Store,
  caller: Caller,
  columns: SpanColumns,
  filters: TraceFilters,
  spans: TimeRange,
): Promise<readonly string[] | undefined> {
  const { service, operation, endpoint, version, environment, zone, instance, thread, label, attr } = filters;
  const more = [operation, endpoint, version, environment, zone, instance, thread, label, attr].some(
    (one) => one !== undefined,
  );
  if (!columns.own || service === undefined || service.length === 0 || more) return undefined;
  const others = await store.rows(
    caller,
    sql`SELECT ServiceName FROM otel_traces WHERE ${tenMinutes(spans)} AND ServiceName NOT IN ${service}
        AND cityHash64(ServiceName) % 64 IN (SELECT cityHash64(arrayJoin(array${service})) % 64)
      GROUP BY ServiceName LIMIT 1`,
  );
  return others.length === 0 ? service : undefined;
}

/**
 * One row a trace: its id as 16 bytes, start and duration in ns, whether a span failed. Of a span table of ours all of it stands in
 * its projection `traces`, a row a trace and ten minutes; the words of that one are repeated here.
 */
export function tracesSql(
  table: Sql,
  columns: SpanColumns,
  filters: TraceFilters,
  range: TimeRange,
  spans: TimeRange,
  byBits?: readonly string[],
): Sql {
  if (filters.minMs !== undefined && filters.maxMs !== undefined && filters.minMs > filters.maxMs)
    throw new ApiError("bad_parameter", "minMs: greater than maxMs", { field: "minMs" });
  const [first, last] = [seconds(spans.from), seconds(spans.to)];
  const exact = sql`Timestamp >= ${nanoTime(spans.from)} AND Timestamp < ${nanoTime(spans.to)}`;
  const wanted = byBits === undefined ? spanCondition(filters, columns, spans) : undefined;
  const having = [
    sql`start >= ${range.from} AND start < ${range.to}`,
    filters.minMs === undefined ? undefined : sql`duration >= ${BigInt(Math.ceil(filters.minMs * 1e6))}`,
    filters.maxMs === undefined ? undefined : sql`duration <= ${BigInt(Math.floor(filters.maxMs * 1e6))}`,
    byBits === undefined
      ? undefined
      : or(byBits.map((service) => sql`bitAnd(${bitsSql}, ${bitSql(sql`${service}`)}) != 0`)),
    filters.status === undefined ? undefined : sql`failed = ${filters.status === "error" ? 1 : 0}`,
  ];
  const buckets = sql`Bucket >= ${first} AND Bucket < ${last}`;
  return sql`SELECT reinterpretAsFixedString(${numberSql} AS number) AS id, toUnixTimestamp64Nano(min(Timestamp)) AS start,
      max(toUnixTimestamp64Nano(Timestamp) + toInt64(${durationSql})) - start AS duration,
      max(StatusCode = 'Error') AS failed
    FROM ${table} WHERE ${and([
      columns.own ? sql`${tenMinutes(spans)} AND number != 0` : sql`${exact} AND length(TraceId) = 32`,
      wanted === undefined
        ? undefined
        : sql`cityHash64(number) IN (SELECT ${hashSql} FROM ${table} WHERE ${and([exact, wanted])})`,
      filters.profiled === undefined
        ? undefined
        : // Of two tables of a cluster ClickHouse makes it GLOBAL by itself in vain, on a single server the word means nothing.
          sql`cityHash64(number) ${filters.profiled ? sql`GLOBAL IN` : sql`GLOBAL NOT IN`} (SELECT ${hashSql} FROM profile_traces WHERE ProfileType = 'wall'
            AND ${buckets} UNION ALL SELECT ${hashSql} FROM profile_samples_slow WHERE ${buckets})`,
    ])} GROUP BY number HAVING ${and(having)}`;
}

/**
 * How to ask for traces: one row for each that began within the range, `id` (16 bytes), `start` and `duration` in ns, `failed`. Its spans
 * are looked for within `spans`, which is `whole` or a part of it.
 */
export async function traceSearch(
  store: Store,
  caller: Caller,
  filters: TraceFilters,
  whole: TimeRange,
): Promise<(range: TimeRange, spans: TimeRange) => Sql> {
  const columns = await spanColumns(store, caller);
  const byBits = await servicesByBits(store, caller, columns, filters, whole);
  return (range, spans) => tracesSql(store.spans.name, columns, filters, range, spans, byBits);
}
