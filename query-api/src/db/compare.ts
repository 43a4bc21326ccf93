import type { TimeRange } from "../params/time.ts";
import type { SampleGroup, SampleSums } from "./samples.ts";
import { type Selection, selectionCondition, selectionParts, tookCondition } from "./selection.ts";
import { entrySql } from "./sides.ts";
import { filterConditions, spanColumns } from "./span-columns.ts";
import { and, microTime, nanoTime, oneOf, or, Sql, sql } from "./sql.ts";
import { TEN_MINUTES } from "./ten-minutes.ts";
import { windowConditions } from "./window-conditions.ts";
import type { Caller, Store } from "./store.ts";

/** Samples fall into so many groups, a trace as a whole into one: how far those differ among each other is chance. */
export const REPLICATES = 64;
/** More samples are not read one by one to tell chance. */
const ENOUGH_SAMPLES = 500_000;
/** Nor more to find those asked for among them, which may be of one process of hundreds. */
const ENOUGH_TO_SIFT = 2_000_000;
/** Of fewer ten minutes one that is unlike the others would count too much. */
const LEAST_TIMES = 4;

/**
 * The part of a range whose samples are read one by one: all of it, or, of more than it takes, some of its ten minutes. They are
 * spread over the range without a period of their own, and of the same time always the same ones.
 * @param samples how many the range has
 */
export function drawTimes(
  range: TimeRange,
  samples: number,
  enough: number = ENOUGH_SAMPLES,
): readonly TimeRange[] {
  const { from, to } = range;
  const all: bigint[] = [];
  for (
    let at = ((from + TEN_MINUTES - 1n) / TEN_MINUTES) * TEN_MINUTES;
    at + TEN_MINUTES <= to;
    at += TEN_MINUTES
  )
    all.push(at);
  const wanted = Math.max(LEAST_TIMES, Math.ceil((all.length * enough) / Math.max(1, samples)));
  if (wanted >= all.length) return [range];
  // Multiples of the golden ratio, less their whole part, never bunch.
  const place = (at: bigint): number => (Number(at / TEN_MINUTES) * 0.6180339887498949) % 1;
  return all
    .toSorted((a, b) => place(a) - place(b))
    .slice(0, wanted)
    .toSorted((a, b) => Number(a - b))
    .map((at) => ({ from: at, to: at + TEN_MINUTES }));
}

/** The part of a range that a selection is read of which no sums are kept of. */
export async function drawOf(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
): Promise<readonly TimeRange[]> {
  const samples = await countSamples(store, caller, selection, range);
  // Requests by their duration are looked up one by one, and are rarely few.
  const enough = tookCondition(selection) === undefined ? ENOUGH_TO_SIFT : ENOUGH_SAMPLES;
  return drawTimes(range, samples, enough);
}

/** How many samples the service and endpoint of a selection have, out of sums: its other filters are not asked. */
async function countSamples(
  store: Store,
  caller: Caller,
  { service, endpoint, type }: Selection,
  range: TimeRange,
): Promise<number> {
  const parts = selectionParts({ service, endpoint, type }, range, await spanColumns(store, caller));
  const counts = parts.map((where) => sql`SELECT count() AS n FROM profile_samples WHERE ${where}`);
  const [row] = await store.rows<[number | string]>(
    caller,
    sql`SELECT sum(n) FROM (${new Sql(counts.map(({ text }) => text).join(" UNION ALL "))})`,
  );
  return Number(row?.[0] ?? 0);
}

// Samples without a trace by the cut they came with, which is some windows.
const group: Sql = sql`if(TraceId = '', intHash64(Batch), cityHash64(TraceId)) % ${REPLICATES}`;

export interface ReplicatedGroup extends SampleGroup {
  /** [replicate, value], the value as the selection's type has it. */
  readonly values: readonly (readonly [number, number])[];
}

/** Sums by stack and replicate, greatest stacks first, at most `limit`; and the sums of what is left out. */
export async function readReplicates(
  store: Store,
  caller: Caller,
  selection: Selection,
  times: readonly TimeRange[],
  limit: number,
): Promise<{ readonly groups: readonly ReplicatedGroup[]; readonly rest: SampleSums }> {
  const where = selectionCondition(selection, times, await spanColumns(store, caller));
  const value = selection.type === "cpu" ? sql`CpuNano` : sql`Value`;
  type Row = [string, string, number[], number[], number, number, number, number, number, number];
  const rows = await store.rows<Row>(
    caller,
    sql`SELECT ServiceName, toString(StackHash), groupArray(replicate), groupArray(value),
        sum(walls) AS wall, sum(cpus) AS cpu, sum(n) AS samples, sum(wall) OVER (), sum(cpu) OVER (), sum(samples) OVER ()
      FROM (SELECT ServiceName, StackHash, toUInt8(${group}) AS replicate, toFloat64(sum(${value})) AS value,
          toFloat64(sum(Value)) AS walls, toFloat64(sum(CpuNano)) AS cpus, toFloat64(count()) AS n
        FROM profile_samples WHERE ${where} GROUP BY ServiceName, StackHash, replicate)
      GROUP BY ServiceName, StackHash ORDER BY arraySum(groupArray(value)) DESC, ServiceName, StackHash LIMIT ${limit}`,
  );
  const rest = { wall: rows[0]?.[7] ?? 0, cpu: rows[0]?.[8] ?? 0, samples: rows[0]?.[9] ?? 0 };
  const groups = rows.map(([service, stackHash, replicates, values, wall, cpu, samples]): ReplicatedGroup => {
    rest.wall -= wall;
    rest.cpu -= cpu;
    rest.samples -= samples;
    return {
      service,
      stackHash,
      wall,
      cpu,
      samples,
      values: replicates.map((replicate, i) => [replicate, values[i]!]),
      spanId: "",
      instance: "",
      thread: 0,
    };
  });
  return { groups, rest };
}

/** Spans that a selection stands for: those of its operation, else requests that came in. */
async function spansWhere(
  store: Store,
  caller: Caller,
  selection: Selection,
  times: readonly TimeRange[],
): Promise<Sql> {
  const { operation } = selection;
  const columns = await spanColumns(store, caller);
  return and([
    ...filterConditions(columns, selection),
    or(times.map(({ from, to }) => sql`Timestamp >= ${nanoTime(from)} AND Timestamp < ${nanoTime(to)}`)),
    operation === undefined || operation.length === 0 ? entrySql : oneOf(sql`SpanName`, operation),
    tookCondition(selection),
  ]);
}

/** As they are stored: one that was delivered twice counts twice. */
export async function countSpanRows(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
): Promise<number> {
  const where = await spansWhere(store, caller, selection, [range]);
  const [row] = await store.rows<[number | string]>(
    caller,
    sql`SELECT count() FROM ${store.spans.name} WHERE ${where}`,
  );
  return Number(row?.[0] ?? 0);
}

export interface SpanCounts {
  /** By replicate; one that was delivered twice counts once. */
  readonly byReplicate: readonly number[];
  readonly spans: number;
  /** As they are stored. */
  readonly rows: number;
}

export async function countSpans(
  store: Store,
  caller: Caller,
  selection: Selection,
  times: readonly TimeRange[],
): Promise<SpanCounts> {
  const where = await spansWhere(store, caller, selection, times);
  const found = await store.rows<[number, number | string, number | string]>(
    caller,
    sql`SELECT toUInt8(cityHash64(TraceId) % ${REPLICATES}) AS replicate, uniqExact(cityHash64(TraceId, SpanId)), count()
      FROM ${store.spans.name} WHERE ${where} GROUP BY replicate`,
  );
  const byReplicate = Array.from({ length: REPLICATES }, () => 0);
  let [spans, rows] = [0, 0];
  for (const [replicate, distinct, all] of found) {
    byReplicate[replicate] = Number(distinct);
    spans += Number(distinct);
    rows += Number(all);
  }
  return { byReplicate, spans, rows };
}

/** Seconds sampled: windows of all threads of the selection added up, as far as they lie within those times. */
export async function sampledSeconds(
  store: Store,
  caller: Caller,
  selection: Selection,
  times: readonly TimeRange[],
): Promise<number> {
  const within = times.map(
    ({ from, to }) =>
      sql`greatest(0, least(toInt64(EndUnixNano), ${to}) - greatest(toInt64(StartUnixNano), ${from}))`,
  );
  const [row] = await store.rows<[string]>(
    caller,
    sql`SELECT toString(sum(${new Sql(within.map(({ text }) => text).join(" + "))})) FROM profile_windows WHERE ${and(
      [
        ...windowConditions(selection),
        or(times.map(({ from, to }) => sql`Start < ${microTime(to)} AND End > ${microTime(from)}`)),
        sql`Part = 1`,
      ],
    )}`,
  );
  return Number(row?.[0] ?? 0) / 1e9;
}
