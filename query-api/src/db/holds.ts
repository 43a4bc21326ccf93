import { ApiError } from "../errors.ts";
import type { TimeRange } from "../params/time.ts";
import type { LaneRange } from "./ledger-data.ts";
import type { Selection } from "./selection.ts";
import { and, microTime, sql } from "./sql.ts";
import { windowConditions } from "./window-conditions.ts";
import type { Caller, Store } from "./store.ts";

const LONG_TURN_MICROS = 5_000;

const isGiven = (value: readonly string[] | number | undefined): boolean =>
  typeof value === "number" || (value?.length ?? 0) > 0;

/**
 * Where in a selection someone resumed behind a long turn of the loop: stretches of threads, those with the longest turns
 * first. Holders are told by endpoint; by span name or user label they cannot be chosen.
 */
export async function readHoldRanges(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  most: number,
): Promise<LaneRange[]> {
  for (const field of ["operation", "label", "minMs", "maxMs"] as const)
    if (isGiven(selection[field]))
      throw new ApiError("bad_parameter", `${field}: not with type loop_hold`, { field });
  for (const instance of selection.instance ?? [])
    if (!/^[0-9a-f]{32}$/.test(instance))
      throw new ApiError("bad_parameter", "instance: not 32 lower-case hex digits", { field: "instance" });
  const rows = await store.rows<[string, number, string, string]>(
    caller,
    sql`SELECT Instance, Thread, toString(min(StartUnixNano)), toString(max(EndUnixNano)) FROM profile_windows WHERE ${and(
      [
        ...windowConditions(selection),
        sql`Start >= ${microTime(range.from)} AND Start < ${microTime(range.to)}`,
        sql`HasJournal AND notEmpty(ResumeDelta)`,
      ],
    )} GROUP BY Instance, Thread, Seq
      ORDER BY sum(arraySum(arrayFilter(busy -> busy >= ${LONG_TURN_MICROS}, TurnBusy))) DESC, Instance, Thread, Seq LIMIT ${most}`,
  );
  return rows.map(([instance, thread, from, to]) => ({
    instance,
    thread,
    from: BigInt(from),
    to: BigInt(to),
  }));
}
