import { ApiError } from "../errors.ts";
import type { TimeRange } from "../params/time.ts";
import { type LevelCount, LEVELS_PER_OCTAVE } from "../trace/heatmap.ts";
import type { HeatmapQuery, TraceRow, TracesQuery } from "../types.ts";
import { sumTraces } from "./samples.ts";
import { pairs } from "./selection.ts";
import { endpointSql } from "./endpoint.ts";
import { type SpanColumns, spanColumns } from "./span-columns.ts";
import { durationSql } from "./spans.ts";
import { and, nanoTime, oneOf, or, secondTime, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

type TraceFilters = Omit<HeatmapQuery, "buckets" | "from" | "to">;

const TEN_MINUTES = 600_000_000_000n;
/** Spans of a trace that starts or ends within the range may lie this far outside of it, up to whole ten minutes. */
const MARGIN_NANO = 900_000_000_000n;

/** The whole ten minutes of a day and more in which spans of the range's traces lie. */
function wide({ from, to }: TimeRange): TimeRange {
  const first = from > MARGIN_NANO ? from - MARGIN_NANO : 0n;
  return {
    from: (first / TEN_MINUTES) * TEN_MINUTES,
    to: ((to + MARGIN_NANO) / TEN_MINUTES + 1n) * TEN_MINUTES,
  };
}

function spanCondition(filters: TraceFilters, columns: SpanColumns): Sql | undefined {
  const conditions = [
    oneOf(sql`ServiceName`, filters.service),
    oneOf(sql`SpanName`, filters.operation),
    oneOf(columns.endpoint, filters.endpoint),
    oneOf(columns.version, filters.version),
    oneOf(columns.environment, filters.environment),
    ...[...pairs("attr", filters.attr)].map(([key, values]) => {
      const present = (map: Sql): Sql => sql`(mapContains(${map}, ${key}) AND ${map}[${key}] IN ${values})`;
      return or([present(sql`SpanAttributes`), present(sql`ResourceAttributes`)]);
    }),
  ].filter((one) => one !== undefined);
  return conditions.length === 0 ? undefined : and(conditions);
}

/** A day may have millions of traces: grouped by numbers they take 60 % of the time and 75 % of the memory that their hex takes. */
const numberSql: Sql = sql`reinterpretAsUInt128(unhex(TraceId))`;

/**
 * One row a trace: its id as 16 bytes, start and duration in ns, whether a span failed. Of a span table of ours all of it stands in
 * its projection `traces`, a row a trace and ten minutes; the words of that one are repeated here.
 */
export function matchingTraces(
  table: Sql,
  columns: SpanColumns,
  filters: TraceFilters,
  range: TimeRange,
  spans: TimeRange = wide(range),
): Sql {
  if (filters.minMs !== undefined && filters.maxMs !== undefined && filters.minMs > filters.maxMs)
    throw new ApiError("bad_parameter", "minMs: greater than maxMs", { field: "minMs" });
  const [first, last] = [secondTime(spans.from / 1_000_000_000n), secondTime(spans.to / 1_000_000_000n)];
  const exact = sql`Timestamp >= ${nanoTime(spans.from)} AND Timestamp < ${nanoTime(spans.to)}`;
  const wanted = spanCondition(filters, columns);
  const having = [
    sql`start >= ${range.from} AND start < ${range.to}`,
    filters.minMs === undefined ? undefined : sql`duration >= ${BigInt(Math.ceil(filters.minMs * 1e6))}`,
    filters.maxMs === undefined ? undefined : sql`duration <= ${BigInt(Math.floor(filters.maxMs * 1e6))}`,
    filters.status === undefined ? undefined : sql`failed = ${filters.status === "error" ? 1 : 0}`,
  ];
  const buckets = sql`Bucket >= ${first} AND Bucket < ${last}`;
  return sql`SELECT reinterpretAsFixedString(${numberSql} AS number) AS id, toUnixTimestamp64Nano(min(Timestamp)) AS start,
      max(toUnixTimestamp64Nano(Timestamp) + toInt64(${durationSql})) - start AS duration,
      max(StatusCode = 'Error') AS failed
    FROM ${table} WHERE ${and([
      columns.own
        ? sql`toStartOfTenMinutes(Timestamp) >= ${first} AND toStartOfTenMinutes(Timestamp) < ${last} AND number != 0`
        : sql`${exact} AND length(TraceId) = 32`,
      wanted === undefined
        ? undefined
        : sql`number IN (SELECT ${numberSql} FROM ${table} WHERE ${and([exact, wanted])})`,
      filters.profiled === undefined
        ? undefined
        : // Of two tables of a cluster ClickHouse makes it GLOBAL by itself in vain, on a single server the word means nothing.
          sql`number ${filters.profiled ? sql`GLOBAL IN` : sql`GLOBAL NOT IN`} (SELECT ${numberSql} FROM profile_traces WHERE ProfileType = 'wall'
            AND ${buckets} UNION DISTINCT SELECT ${numberSql} FROM profile_samples_slow WHERE ${buckets})`,
    ])} GROUP BY number HAVING ${and(having)}`;
}

export interface FoundTrace {
  readonly traceId: string;
  readonly start: bigint;
  readonly duration: bigint;
}

/** Of a range whose latest traces are asked for, one part after the other is looked at, this many times as long as the one before. */
const LONGER = 6n;

/** One more than `limit` when there is a next page. `after` is the last row of the page before. */
export async function findTraces(
  store: Store,
  caller: Caller,
  query: TracesQuery,
  range: TimeRange,
  limit: number,
  after: FoundTrace | undefined,
): Promise<FoundTrace[]> {
  const page = (part: TimeRange, spans: TimeRange): Promise<FoundTrace[]> =>
    readPage(store, caller, query, part, spans, limit, after);
  const whole = wide(range);
  if (query.sort === "duration") return page(range, whole);
  const to = after === undefined ? range.to : after.start + 1n;
  for (let length = TEN_MINUTES; to - length > range.from; length *= LONGER) {
    const part = { from: to - length, to };
    const { from } = wide(part);
    const found = await page(part, { from, to: whole.to });
    const before = { from: whole.from, to: from };
    if (found.length > limit && !(await anySpan(store, caller, found, before))) return found;
  }
  return page({ from: range.from, to }, whole);
}

/** Whether one of the traces has spans there. */
async function anySpan(
  store: Store,
  caller: Caller,
  found: readonly FoundTrace[],
  { from, to }: TimeRange,
): Promise<boolean> {
  const ids = found.map(({ traceId }) => traceId);
  const rows = await store.rows(
    caller,
    sql`SELECT TraceId FROM ${store.spans.name} WHERE TraceId IN ${ids} AND Timestamp >= ${nanoTime(from)} AND Timestamp < ${nanoTime(to)} LIMIT 1`,
  );
  return rows.length > 0;
}

async function readPage(
  store: Store,
  caller: Caller,
  query: TracesQuery,
  range: TimeRange,
  spans: TimeRange,
  limit: number,
  after: FoundTrace | undefined,
): Promise<FoundTrace[]> {
  const order = query.sort === "duration" ? sql`duration` : sql`start`;
  const value = query.sort === "duration" ? after?.duration : after?.start;
  const traces = matchingTraces(store.spans.name, await spanColumns(store, caller), query, range, spans);
  const rows = await store.rows<[string, string, string]>(
    caller,
    sql`SELECT lower(hex(id)), toString(start), toString(duration) FROM (${traces})
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

/** How many traces began in each column of `stepNano` and took how long. */
export async function countLevels(
  store: Store,
  caller: Caller,
  filters: TraceFilters,
  range: TimeRange,
  stepNano: bigint,
): Promise<LevelCount[]> {
  const traces = matchingTraces(store.spans.name, await spanColumns(store, caller), filters, range);
  const rows = await store.rows<(number | string)[]>(
    caller,
    sql`SELECT intDiv(start - ${range.from}, ${stepNano}) AS column, toInt32(floor(log2(greatest(duration, 1)) * ${LEVELS_PER_OCTAVE})) AS level,
        count(), sum(failed), min(duration), max(duration)
      FROM (${traces}) GROUP BY column, level`,
  );
  return rows.map((row) => {
    const [column, level, count, errors, low, high] = row.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { column, level, count, errors, low, high };
  });
}
