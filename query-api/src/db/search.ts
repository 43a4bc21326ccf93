import type { TimeRange } from "../params/time.ts";
import { type LevelCount, LEVELS_PER_OCTAVE } from "../trace/heatmap.ts";
import type { TraceRow, TracesQuery } from "../types.ts";
import { sumTraces } from "./samples.ts";
import { type TraceFilters, traceSearch, wide } from "./matching-traces.ts";
import { spanColumns } from "./span-columns.ts";
import { durationSql } from "./spans.ts";
import { nanoTime, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";
import { TEN_MINUTES } from "./ten-minutes.ts";

/** Where a trace stands in a list. */
export interface TracePlace {
  readonly traceId: string;
  readonly start: bigint;
  readonly duration: bigint;
}

interface FoundTrace extends TracePlace {
  /** Whether a span of it did. */
  readonly failed: boolean;
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
  after: TracePlace | undefined,
): Promise<FoundTrace[]> {
  const whole = wide(range);
  const search = await traceSearch(store, caller, query, whole);
  const page = (part: TimeRange, spans: TimeRange): Promise<FoundTrace[]> =>
    readPage(store, caller, search(part, spans), query.sort, limit, after);
  if (query.sort === "duration") return page(range, whole);
  const to = after === undefined || after.start >= range.to ? range.to : after.start + 1n;
  // A part of more than half is nearly as much work as the whole.
  for (let length = TEN_MINUTES; 2n * length < to - range.from; length *= LONGER) {
    const part = { from: to - length, to };
    const spans = { from: wide(part).from, to: whole.to };
    const found = await page(part, spans);
    const before = { from: whole.from, to: spans.from };
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
  traces: Sql,
  sort: TracesQuery["sort"],
  limit: number,
  after: TracePlace | undefined,
): Promise<FoundTrace[]> {
  const order = sort === "duration" ? sql`duration` : sql`start`;
  const value = sort === "duration" ? after?.duration : after?.start;
  const rows = await store.rows<[string, string, string, number | boolean]>(
    caller,
    sql`SELECT lower(hex(id)), toString(start), toString(duration), failed FROM (${traces})
      ${after === undefined || value === undefined ? sql`` : sql`WHERE ${order} < ${value} OR (${order} = ${value} AND id > unhex(${after.traceId}))`}
      ORDER BY ${order} DESC, id LIMIT ${limit + 1}`,
  );
  return rows.map(([traceId, start, duration, failed]) => ({
    traceId,
    start: BigInt(start),
    duration: BigInt(duration),
    failed: Boolean(failed),
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
  const within = (ids: readonly string[]): Sql =>
    sql`TraceId IN ${ids} AND Timestamp >= ${nanoTime(low)} AND Timestamp <= ${nanoTime(high)}`;
  const ids = found.map((one) => one.traceId);
  const failed = found.filter((one) => one.failed).map((one) => one.traceId);
  const { endpoint } = await spanColumns(store, caller);
  type Root = [spanId: string, service: string, name: string, endpoint: string];
  type Row = [string, string | number, string[], Root, string | number, boolean | number];
  const [rows, errorRows, sums] = await Promise.all([
    // Of columns that lie by trace as well (the projection `of_trace`). Whether spans failed does not, and most of them did not.
    store.rows<Row>(
      caller,
      sql`SELECT TraceId, uniqExact(SpanId), arraySort(groupUniqArray(ServiceName)),
          argMinIf((SpanId, ServiceName, SpanName, endpoint), (Timestamp, -toInt64(${durationSql}), SpanId), parent = '') AS root,
          countIf(parent = '') AS roots,
          hasAll(groupUniqArray(SpanId), groupUniqArrayIf(parent, parent != ''))
        FROM (SELECT TraceId, SpanId, ServiceName, SpanName, Timestamp, Duration, ${endpoint} AS endpoint,
            if(ParentSpanId = '0000000000000000', '', ParentSpanId) AS parent
          FROM ${store.spans.name} WHERE ${within(ids)})
        GROUP BY TraceId`,
    ),
    failed.length === 0
      ? []
      : store.rows<[string, string | number]>(
          caller,
          sql`SELECT TraceId, uniqExact(SpanId) FROM ${store.spans.name} WHERE ${within(failed)} AND StatusCode = 'Error' GROUP BY TraceId`,
        ),
    sumTraces(store, caller, ids),
  ]);
  const errors = new Map(errorRows);
  const byId = new Map(rows.map((row) => [row[0], row]));
  return found.flatMap(({ traceId, start, duration }) => {
    const row = byId.get(traceId);
    if (row === undefined) return [];
    const [, spans, services, root, roots, whole] = row;
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
      errors: Number(errors.get(traceId) ?? 0),
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
  const spans = wide(range);
  const traces = (await traceSearch(store, caller, filters, spans))(range, spans);
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
