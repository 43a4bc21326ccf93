import type { TimeRange } from "../params/time.ts";
import { recentOf } from "./recent.ts";
import { and, microTime, or, secondTime, Sql, sql } from "./sql.ts";
import { seconds, TEN_MINUTES } from "./ten-minutes.ts";
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

/** Wall and CPU, ns (of heap types wall is bytes). */
export type SampleSums = Pick<SampleGroup, "wall" | "cpu" | "samples">;

/** A key of profile_samples, but for the trace. */
export type SamplePlace = [service: string, bucket: number | string, endpoint: string];

/** Where samples of a trace lie, from the index on traces. */
export async function readPlaces(
  store: Store,
  caller: Caller,
  traceId: string,
): Promise<readonly SamplePlace[]> {
  const kept = recentOf(store).places.get(traceId);
  if (kept !== undefined) return kept;
  return store.rows<SamplePlace>(
    caller,
    sql`SELECT DISTINCT ServiceName, toUnixTimestamp(Bucket), Endpoint FROM profile_traces
      WHERE TraceId = ${traceId} AND ProfileType = 'wall'`,
  );
}

/** For whoever asks for this trace next, if nothing new is expected of it. */
export function keepPlaces(store: Store, traceId: string, places: readonly SamplePlace[]): void {
  const { traces, places: recent } = recentOf(store);
  if (places.length > 0 && traces.has(traceId) && !recent.has(traceId)) recent.set(traceId, places);
}

const placeCondition = (places: readonly SamplePlace[], rest: Sql): Sql =>
  or(
    places.map(
      ([service, bucket, endpoint]) =>
        sql`ServiceName = ${service} AND ProfileType = 'wall' AND Bucket = ${secondTime(BigInt(bucket))} AND Endpoint = ${endpoint} AND ${rest}`,
    ),
  );

/** One span of a trace. */
interface SpanOfTrace {
  readonly spanId: string;
  /** Where its samples are looked for first; undefined: everywhere. */
  readonly service: string | undefined;
}

/**
 * Samples of a trace, or of one of its spans, by span and stack, read by literal keys. What has expired is looked for among the samples
 * of slow traces.
 */
export async function readTraceSamples(
  store: Store,
  caller: Caller,
  traceId: string,
  places: readonly SamplePlace[],
  span?: SpanOfTrace,
): Promise<SampleGroup[]> {
  type Row = [string, string, string, number, string, string, string, number | string];
  const rest =
    span === undefined ? sql`TraceId = ${traceId}` : sql`TraceId = ${traceId} AND SpanId = ${span.spanId}`;
  const by = sql`ServiceName, SpanId, Instance, Thread, StackHash`;
  const columns = sql`ServiceName, SpanId, Instance, Thread, toString(StackHash), toString(sum(Value)), toString(sum(CpuNano))`;
  const read = async (some: readonly SamplePlace[]): Promise<Row[]> =>
    some.length === 0
      ? []
      : store.rows<Row>(
          caller,
          sql`SELECT ${columns}, count() FROM profile_samples WHERE ${placeCondition(some, rest)} GROUP BY ${by}`,
        );
  // A span has run in one process: where its service has samples of it, no other has.
  const isLikely = ([service]: SamplePlace): boolean =>
    span?.service === undefined || service === span.service;
  const rows = await read(places.filter(isLikely));
  if (rows.length === 0) rows.push(...(await read(places.filter((place) => !isLikely(place)))));
  const missing = expiredBefore(places, rows.length);
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
function expiredBefore(places: readonly SamplePlace[], found: number): readonly Sql[] | undefined {
  if (found === 0) return [];
  const first = Math.min(...places.map(([, bucket]) => Number(bucket)));
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
  const places = await readPlaces(store, caller, traceId);
  const rows =
    places.length === 0
      ? []
      : await store.rows<Row>(
          caller,
          sql`SELECT SpanId, count() FROM profile_samples WHERE ${placeCondition(places, sql`TraceId = ${traceId}`)} GROUP BY SpanId`,
        );
  const missing = expiredBefore(places, rows.length);
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
  const keys = await store.rows<SamplePlace>(
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
  readonly rest: SampleSums;
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

/** Samples within [from, to), by the table's key; where an end is one of ten minutes, by that alone. */
export function sampleTime({ from, to }: TimeRange): Sql {
  const bucket = (from / TEN_MINUTES) * TEN_MINUTES;
  return and([
    sql`Bucket >= ${seconds(bucket)} AND Bucket <= ${seconds(to - 1n)}`,
    from === bucket ? undefined : sql`Timestamp >= ${microTime(from)}`,
    to % TEN_MINUTES === 0n ? undefined : sql`Timestamp < ${microTime(to)}`,
  ]);
}
