import type { TimeRange } from "../params/time.ts";
import type { SampleGroup } from "./samples.ts";
import { type Selection, selectionCondition, tookCondition } from "./selection.ts";
import { entrySql } from "./sides.ts";
import { spanColumns } from "./span-columns.ts";
import { and, microTime, nanoTime, oneOf, type Sql, sql } from "./sql.ts";
import { windowConditions } from "./window-conditions.ts";
import type { Caller, Store } from "./store.ts";

/** Samples fall into so many groups, a trace as a whole into one: how far those differ among each other is chance. */
export const REPLICATES = 64;
const MAX_ROWS = 300_000;

const group: Sql = sql`cityHash64(if(TraceId = '', concat(Instance, toString(intDiv(toUnixTimestamp(toDateTime(Timestamp)), 10))), TraceId)) % ${REPLICATES}`;

export type ReplicateGroup = SampleGroup & { readonly replicate: number };

/** The samples of these stacks once more, by replicate. */
export async function readReplicates(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  stacks: readonly SampleGroup[],
): Promise<ReplicateGroup[]> {
  if (stacks.length === 0) return [];
  const hashes = [...new Set(stacks.map((one) => one.stackHash))].map(BigInt);
  const rows = await store.rows<[string, string, number | string, string, string, number | string]>(
    caller,
    sql`SELECT ServiceName, toString(StackHash), ${group} AS replicate, toString(sum(Value)), toString(sum(CpuNano)), count()
      FROM profile_samples WHERE ${selectionCondition(selection, range, store.spans.name)} AND StackHash IN ${hashes}
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

/** Spans that a selection stands for, by replicate: those of its operation, else requests that came in. */
export async function countSpans(
  store: Store,
  caller: Caller,
  selection: Selection,
  { from, to }: TimeRange,
): Promise<number[]> {
  const { operation } = selection;
  const columns = await spanColumns(store, caller);
  const rows = await store.rows<[number | string, number | string]>(
    caller,
    sql`SELECT cityHash64(TraceId) % ${REPLICATES} AS replicate, uniqExact(TraceId, SpanId) FROM ${store.spans.name} WHERE ${and(
      [
        oneOf(sql`ServiceName`, selection.service),
        sql`Timestamp >= ${nanoTime(from)} AND Timestamp < ${nanoTime(to)}`,
        operation === undefined || operation.length === 0 ? entrySql : oneOf(sql`SpanName`, operation),
        oneOf(columns.endpoint, selection.endpoint),
        oneOf(columns.version, selection.version),
        oneOf(columns.environment, selection.environment),
        oneOf(columns.zone, selection.zone),
        oneOf(sql`SpanAttributes['hotspan.instance']`, selection.instance),
        oneOf(sql`SpanAttributes['thread.id']`, selection.thread?.map(String)),
        tookCondition(selection),
      ],
    )} GROUP BY replicate`,
  );
  const counts = Array.from({ length: REPLICATES }, () => 0);
  for (const [replicate, count] of rows) counts[Number(replicate)] = Number(count);
  return counts;
}

/** Seconds sampled: windows of all threads of the selection added up, as far as they lie within the range. */
export async function sampledSeconds(
  store: Store,
  caller: Caller,
  selection: Selection,
  { from, to }: TimeRange,
): Promise<number> {
  const [row] = await store.rows<[string]>(
    caller,
    sql`SELECT toString(sum(greatest(0, least(toInt64(EndUnixNano), ${to}) - greatest(toInt64(StartUnixNano), ${from})))) FROM profile_windows WHERE ${and(
      [
        ...windowConditions(selection),
        sql`Start < ${microTime(to)} AND End > ${microTime(from)} AND Part = 1`,
      ],
    )}`,
  );
  return Number(row?.[0] ?? 0) / 1e9;
}
