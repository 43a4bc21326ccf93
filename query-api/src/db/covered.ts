import type { TimeRange } from "../params/time.ts";
import type { Stretch } from "../profile/covered.ts";
import type { Selection } from "./selection.ts";
import { and, microTime, sql } from "./sql.ts";
import { windowConditions } from "./window-conditions.ts";
import type { Caller, Store } from "./store.ts";

/** A window is ten seconds, and some when its end was late: none that is older reaches into a range. */
const LONGEST_NANO = 3_600_000_000_000n;
/** Windows that begin so near each other are read as one stretch: agents pause for longer. */
const LEAST_GRAIN_MS = 10_000;
/** Of a step, so that pauses within one count. */
const GRAINS = 20;

/** When threads of a selection were sampled, whatever they ran then: stretches by start, which may overlap. */
export async function readCovered(
  store: Store,
  caller: Caller,
  selection: Selection,
  { from, to }: TimeRange,
  stepMs: number,
): Promise<Stretch[]> {
  const grainMs = Math.max(LEAST_GRAIN_MS, Math.ceil(stepMs / GRAINS));
  const rows = await store.rows<[string, string]>(
    caller,
    sql`SELECT toString(toUnixTimestamp64Micro(min(Start))) AS first, toString(toUnixTimestamp64Micro(max(End))) FROM profile_windows WHERE ${and(
      [
        ...windowConditions(selection),
        sql`Start >= ${microTime(from > LONGEST_NANO ? from - LONGEST_NANO : 0n)} AND Start < ${microTime(to)} AND End > ${microTime(from)}`,
      ],
    )} GROUP BY intDiv(toUnixTimestamp64Micro(Start), ${grainMs * 1000}) ORDER BY min(Start)`,
  );
  return rows.map(([start, end]) => ({ from: Number(start) / 1000, to: Number(end) / 1000 }));
}
