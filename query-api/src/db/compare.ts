import type { TimeRange } from "../params/time.ts";
import { sampleTime, type SampleGroup } from "./samples.ts";
import { type Selection, selectionCondition, tookCondition } from "./selection.ts";
import { entrySql } from "./sides.ts";
import { spanColumns } from "./span-columns.ts";
import { and, microTime, nanoTime, oneOf, or, Sql, sql } from "./sql.ts";
import { TEN_MINUTES } from "./ten-minutes.ts";
import { windowConditions } from "./window-conditions.ts";
import type { Caller, Store } from "./store.ts";

/** Samples fall into so many groups, a trace as a whole into one: how far those differ among each other is chance. */
export const REPLICATES = 64;
const MAX_ROWS = 300_000;
/** More samples are not read only to tell chance. */
const ENOUGH_SAMPLES = 500_000;
/** Of fewer ten minutes one that is unlike the others would count too much. */
const LEAST_TIMES = 8;

/**
 * The part of a range that chance is told from: all of it, or, of more samples than it takes, some of its ten minutes. They are spread
 * over the range without a period of their own, and of the same time always the same ones.
 * @param samples how many the range has
 */
export function drawTimes(range: TimeRange, samples: number): readonly TimeRange[] {
  const { from, to } = range;
  const all: bigint[] = [];
  for (let at = (from / TEN_MINUTES) * TEN_MINUTES; at < to; at += TEN_MINUTES) all.push(at);
  const wanted = Math.max(LEAST_TIMES, Math.ceil((all.length * ENOUGH_SAMPLES) / samples));
  if (wanted >= all.length) return [range];
  // Multiples of the golden ratio, less their whole part, never bunch.
  const place = (at: bigint): number => (Number(at / TEN_MINUTES) * 0.6180339887498949) % 1;
  const drawn = all.sort((a, b) => place(a) - place(b)).slice(0, wanted);
  return drawn
    .sort((a, b) => Number(a - b))
    .map((at) => ({ from: at < from ? from : at, to: at + TEN_MINUTES > to ? to : at + TEN_MINUTES }));
}

const group: Sql = sql`cityHash64(if(TraceId = '', concat(Instance, toString(intDiv(toUnixTimestamp(toDateTime(Timestamp)), 10))), TraceId)) % ${REPLICATES}`;

export type ReplicateGroup = SampleGroup & { readonly replicate: number };

/** The samples of these stacks in a part of the range once more, by replicate. */
export async function readReplicates(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  times: readonly TimeRange[],
  stacks: readonly SampleGroup[],
): Promise<ReplicateGroup[]> {
  if (stacks.length === 0) return [];
  const hashes = [...new Set(stacks.map((one) => one.stackHash))].map(BigInt);
  const part = or(times.map(({ from, to }) => sampleTime(from, to)));
  const rows = await store.rows<[string, string, number | string, string, string, number | string]>(
    caller,
    sql`SELECT ServiceName, toString(StackHash), ${group} AS replicate, toString(sum(Value)), toString(sum(CpuNano)), count()
      FROM profile_samples WHERE ${and([selectionCondition(selection, range, store.spans.name), part])} AND StackHash IN ${hashes}
      GROUP BY ServiceName, StackHash, replicate ORDER BY ServiceName, StackHash, replicate LIMIT ${MAX_ROWS}`,
  );
  return rows.map(([service, stackHash, replicate, wall, cpu, samples]) => ({
    service,
    stackHash,
    replicate: Number(replicate),
    wall: Number(wall),
    cpu: Number(cpu),
    samples: Number(samples),
    spanId: "",
    instance: "",
    thread: 0,
  }));
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
    oneOf(sql`ServiceName`, selection.service),
    or(times.map(({ from, to }) => sql`Timestamp >= ${nanoTime(from)} AND Timestamp < ${nanoTime(to)}`)),
    operation === undefined || operation.length === 0 ? entrySql : oneOf(sql`SpanName`, operation),
    oneOf(columns.endpoint, selection.endpoint),
    oneOf(columns.version, selection.version),
    oneOf(columns.environment, selection.environment),
    oneOf(columns.zone, selection.zone),
    oneOf(columns.instance, selection.instance),
    oneOf(columns.thread, selection.thread?.map(String)),
    tookCondition(selection),
  ]);
}

/** One that was delivered twice counts once. */
const distinctSpans: Sql = sql`uniqExact(cityHash64(TraceId, SpanId))`;

export async function countSpans(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
): Promise<number> {
  const where = await spansWhere(store, caller, selection, [range]);
  const [row] = await store.rows<[number | string]>(
    caller,
    sql`SELECT ${distinctSpans} FROM ${store.spans.name} WHERE ${where}`,
  );
  return Number(row?.[0] ?? 0);
}

export async function countSpansByReplicate(
  store: Store,
  caller: Caller,
  selection: Selection,
  times: readonly TimeRange[],
): Promise<number[]> {
  const where = await spansWhere(store, caller, selection, times);
  const rows = await store.rows<[number | string, number | string]>(
    caller,
    sql`SELECT cityHash64(TraceId) % ${REPLICATES} AS replicate, ${distinctSpans} FROM ${store.spans.name} WHERE ${where} GROUP BY replicate`,
  );
  const counts = Array.from({ length: REPLICATES }, () => 0);
  for (const [replicate, count] of rows) counts[Number(replicate)] = Number(count);
  return counts;
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
