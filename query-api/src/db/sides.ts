import { ApiError } from "../errors.ts";
import { parseRange, type TimeRange } from "../params/time.ts";
import type { RootCauseBody, SideQuery } from "../types.ts";
import { type SpanColumns, spanColumns } from "./span-columns.ts";
import { durationSql, tookSql } from "./spans.ts";
import { and, nanoTime, oneOf, Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** A span that was drawn. */
export interface Drawn {
  readonly traceId: string;
  readonly spanId: string;
  readonly startUnixNano: bigint;
  readonly durationNano: number;
}

export interface DrawnSides {
  readonly slow: readonly Drawn[];
  readonly baseline: readonly Drawn[];
}

/** Entry spans: those of a framework below them may name the same route. */
export const entrySql: Sql = sql`SpanKind IN ('Server', 'Consumer')`;

type Subject = Pick<RootCauseBody, "service" | "operation" | "endpoint">;

function subjectCondition({ service, operation, endpoint }: Subject, columns: SpanColumns): Sql {
  return and([
    sql`ServiceName = ${service}`,
    operation === undefined ? undefined : sql`SpanName = ${operation}`,
    endpoint === undefined ? undefined : sql`${entrySql} AND ${columns.endpoint} = ${endpoint}`,
  ]);
}

/** What a side is before its percentiles. */
function sideCondition(
  field: string,
  side: SideQuery,
  range: TimeRange,
  limits: SideLimits,
  columns: SpanColumns,
): Sql {
  const { minMs, maxMs, version, instance } = side;
  if (minMs !== undefined && maxMs !== undefined && minMs > maxMs)
    throw new ApiError("bad_parameter", `${field}: minMs is greater than maxMs`, { field });
  const own = side.from === undefined && side.to === undefined ? range : limits.parse(side, field);
  return and([
    sql`Timestamp >= ${nanoTime(own.from)} AND Timestamp < ${nanoTime(own.to)}`,
    tookSql(minMs, maxMs),
    version === undefined ? undefined : sql`${columns.version} = ${version}`,
    instance === undefined ? undefined : sql`SpanAttributes['hotspan.instance'] = ${instance}`,
  ]);
}

export interface SideLimits {
  /** Throws `bad_parameter` that names the side. */
  parse(side: SideQuery, field: string): TimeRange;
}

export function sideLimits(now: number, maxRangeMs: number): SideLimits {
  return { parse: (side, field) => parseRange(side, now, maxRangeMs, field) };
}

function percentileOf(field: string, { percentile }: SideQuery): readonly [number, number] | undefined {
  if (percentile === undefined) return undefined;
  const [low, high] = typeof percentile === "number" ? [percentile, 100] : percentile;
  if (low === undefined || high === undefined || low > high)
    throw new ApiError("bad_parameter", `${field}: percentile runs downwards`, { field });
  return [low, high];
}

/** Spans of an endpoint mostly have one name. */
const MAX_NAMES = 50;

interface Chosen {
  readonly where: Sql;
  readonly percentile: readonly [number, number] | undefined;
}

/** With durations in place of percentiles. Sides that are alike but for them are read once. */
async function wholeConditions(
  store: Store,
  caller: Caller,
  sides: readonly [Chosen, Chosen],
): Promise<readonly [Sql, Sql]> {
  const levels = new Map<string, number[]>();
  for (const { where, percentile } of sides)
    if (percentile !== undefined)
      levels.set(where.text, [...(levels.get(where.text) ?? []), ...percentile.map((one) => one / 100)]);
  const found = new Map(
    await Promise.all(
      [...levels].map(async ([where, list]) => {
        const [row] = await store.rows<[string[], string[]]>(
          caller,
          sql`SELECT arrayMap(x -> toString(toUInt64(x)), quantilesExact(${new Sql(list.join(", "))})(${durationSql})),
              arraySort(groupUniqArray(${MAX_NAMES + 1})(SpanName))
            FROM ${store.spans.name} WHERE ${new Sql(where)}`,
        );
        return [where, { nanos: row?.[0] ?? [], names: row?.[1] ?? [] }] as const;
      }),
    ),
  );
  const whole = ({ where, percentile }: Chosen): Sql => {
    if (percentile === undefined) return where;
    const { nanos = [], names = [] } = found.get(where.text) ?? {};
    const nanoOf = (level: number): bigint =>
      BigInt(nanos[levels.get(where.text)!.indexOf(level / 100)] ?? 0);
    return and([
      where,
      // The table is ordered by them: what is drawn from need not be looked for again.
      names.length > MAX_NAMES ? undefined : oneOf(sql`SpanName`, names),
      sql`${durationSql} BETWEEN ${nanoOf(percentile[0])} AND ${nanoOf(percentile[1])}`,
    ]);
  };
  return [whole(sides[0]), whole(sides[1])];
}

/**
 * Draws at most `most` spans of each side: always the same ones for equal data and `seed`. Percentiles are those of what else
 * the side asks for. A span that counts as slow is none of the baseline.
 */
export async function drawSides(
  store: Store,
  caller: Caller,
  subject: Subject,
  sides: { readonly slow: SideQuery; readonly baseline: SideQuery },
  range: TimeRange,
  limits: SideLimits,
  draw: { readonly most: number; readonly seed: number },
): Promise<DrawnSides> {
  const columns = await spanColumns(store, caller);
  const base = subjectCondition(subject, columns);
  const chosen = (field: "slow" | "baseline"): Chosen => ({
    where: and([base, sideCondition(field, sides[field], range, limits, columns)]),
    percentile: percentileOf(field, sides[field]),
  });
  const [slow, baseline] = await wholeConditions(store, caller, [chosen("slow"), chosen("baseline")]);
  const [slowSpans, baselineSpans] = await Promise.all([
    drawSpans(store, caller, slow, draw),
    drawSpans(store, caller, and([baseline, sql`NOT (${slow})`]), draw),
  ]);
  return { slow: slowSpans, baseline: baselineSpans };
}

/** Spans are seldom delivered twice: among so many times as many rows there are enough. */
const ROWS_PER_SPAN = 2;

export async function drawSpans(
  store: Store,
  caller: Caller,
  where: Sql,
  { most, seed }: { readonly most: number; readonly seed: number },
): Promise<Drawn[]> {
  const order = sql`cityHash64(TraceId, SpanId, ${seed}), TraceId, SpanId`;
  const draw = async (limit: Sql): Promise<readonly DrawnRow[]> =>
    store.rows<DrawnRow>(
      caller,
      sql`SELECT TraceId, SpanId, toString(toUnixTimestamp64Nano(min(Timestamp))), toString(max(${durationSql})), sum(count()) OVER ()
        FROM (SELECT TraceId, SpanId, Timestamp, Duration FROM ${store.spans.name} WHERE ${where} ${limit})
        GROUP BY TraceId, SpanId ORDER BY ${order} LIMIT ${most + 1}`,
    );
  // The rows of a span stand together, so that all but the last of them are whole: grouping all of a day's is seven times the work.
  const enough = most * ROWS_PER_SPAN + 1;
  let rows = await draw(sql`ORDER BY ${order} LIMIT ${enough}`);
  const cut = Number(rows[0]?.[4] ?? 0) === enough;
  if (cut && rows.length <= most) rows = await draw(sql``);
  // Not asked of the server: a condition on trace ids has it look through the blocks of the projection as well.
  const traced = rows.filter(([traceId]) => traceId !== "");
  return traced.slice(0, most).map(([traceId, spanId, start, duration]) => ({
    traceId,
    spanId,
    startUnixNano: BigInt(start),
    durationNano: Number(duration),
  }));
}

type DrawnRow = [
  traceId: string,
  spanId: string,
  start: string,
  duration: string,
  /** Of all spans together. */
  rows: number | string,
];
