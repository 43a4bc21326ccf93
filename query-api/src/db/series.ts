import { spanColumns } from "./span-columns.ts";
import type { TimeRange } from "../params/time.ts";
import type { SeriesQuery } from "../types.ts";
import { type Selection, selectionCondition, selectionParts } from "./selection.ts";
import { sql, Sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

export type SeriesKey = NonNullable<SeriesQuery["groupBy"]>[number];

/** One point of a line. */
export interface SeriesPoint {
  /** Start of the step, Unix ms. */
  readonly at: number;
  /** Of each dimension asked for, in that order. */
  readonly key: readonly string[];
  /** ns, or bytes of a heap. */
  readonly value: number;
}

const BUCKET_MS = 600_000;
/** Lines × steps. */
const MAX_POINTS = 200_000;

const ofSample: Partial<Record<SeriesKey, Sql>> = {
  service: sql`ServiceName`,
  endpoint: sql`Endpoint`,
  instance: sql`Instance`,
  thread: sql`Thread`,
};
/** Columns of profile_instances. */
const ofInstance: Partial<Record<SeriesKey, Sql>> = {
  version: sql`ServiceVersion`,
  environment: sql`Environment`,
  zone: sql`Zone`,
};

const list = (columns: readonly Sql[]): Sql => new Sql(columns.map(({ text }) => `, ${text}`).join(""));

/** Sums of a selection's samples over steps of time, by step; steps without samples are left out. */
export async function readSeries(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  stepMs: number,
  dimensions: readonly SeriesKey[],
): Promise<SeriesPoint[]> {
  const { type = "wall" } = selection;
  const own = dimensions.flatMap((one) => ofSample[one] ?? []);
  const wantsProcess = dimensions.some((one) => ofInstance[one] !== undefined);
  const columns = wantsProcess && !dimensions.includes("instance") ? [...own, sql`Instance`] : own;
  // Steps of whole buckets are in the projection `by_process` already.
  const coarse = stepMs % BUCKET_MS === 0;
  const spans = await spanColumns(store, caller);
  const parts = coarse
    ? selectionParts(selection, range, spans, "by_process")
    : [selectionCondition(selection, [range], spans)];
  const at = coarse
    ? sql`intDiv(toUnixTimestamp(Bucket), ${stepMs / 1000}) * ${stepMs}`
    : sql`intDiv(toUnixTimestamp64Micro(Timestamp), ${stepMs * 1000}) * ${stepMs}`;
  const value = type === "cpu" ? sql`sum(CpuNano)` : sql`sum(Value)`;
  const sums = parts.map(
    (where) =>
      sql`SELECT ${at} AS at${list(columns)}, ${value} AS value FROM profile_samples WHERE ${where} GROUP BY at${list(columns)}`,
  );
  const all = new Sql(sums.map(({ text }) => text).join(" UNION ALL "));
  const keys = dimensions.map((one) => ofInstance[one] ?? ofSample[one] ?? sql`''`);
  // The few processes are joined to sums, not to samples.
  const processes = sql`ANY LEFT JOIN (SELECT Instance, argMax(ServiceVersion, LastSeen) AS ServiceVersion,
      argMax(Environment, LastSeen) AS Environment, argMax(Zone, LastSeen) AS Zone
    FROM profile_instances GROUP BY Instance) AS processes USING (Instance)`;
  const rows = await store.rows<[number | string, string, ...(string | number)[]]>(
    caller,
    sql`SELECT at, toString(sum(value))${list(keys)} FROM (${all}) AS sums ${wantsProcess ? processes : sql``}
      GROUP BY at${list(keys)} ORDER BY at${list(keys)} LIMIT ${MAX_POINTS}`,
  );
  return rows.map(([start, sum, ...key]) => ({
    at: Number(start),
    key: key.map(String),
    value: Number(sum),
  }));
}
