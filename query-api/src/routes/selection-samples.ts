import { readSelectionSamples, type SampleGroup } from "../db/samples.ts";
import { type Selection, selectionParts } from "../db/selection.ts";
import { microTime, and, oneOf, sql } from "../db/sql.ts";
import type { Caller } from "../db/store.ts";
import type { TimeRange } from "../params/time.ts";
import type { SampleSet } from "../profile/frames.ts";
import type { Context } from "./context.ts";
import { readSelectionHolds } from "./holds.ts";

/** Distinct stacks read for one profile; what is beyond becomes one frame `other`. */
const MAX_STACKS = 50_000;

export interface SelectionSamples {
  readonly set: SampleSet;
  readonly groups: readonly SampleGroup[];
}

/** The samples of a selection by stack, of any type. */
export async function readSelection(
  context: Context,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  maxStacks = MAX_STACKS,
): Promise<SelectionSamples> {
  const { store, stacks } = context;
  const type = selection.type ?? "wall";
  const head = { type, startUnixNano: range.from, endUnixNano: range.to };
  if (type === "loop_hold") {
    const { groups, truncated } = await readSelectionHolds(context, caller, selection, range);
    const { table, stacks: list } = await stacks.resolve(store, caller, groups);
    return { groups, set: { ...head, frames: table.frames, stacks: list, periodNano: 0, truncated } };
  }
  const timed = type === "wall" || type === "cpu";
  const [{ groups, rest }, periods] = await Promise.all([
    readSelectionSamples(
      store,
      caller,
      selectionParts(selection, range, store.spans.name),
      type === "cpu",
      maxStacks,
    ),
    timed
      ? store.rows<[string]>(
          caller,
          sql`SELECT toString(max(PeriodNano)) FROM profile_windows WHERE ${and([
            oneOf(sql`ServiceName`, selection.service),
            sql`Start >= ${microTime(range.from)} AND Start < ${microTime(range.to)}`,
          ])}`,
        )
      : [],
  ]);
  const { table, stacks: list } = await stacks.resolve(store, caller, groups);
  if (rest.samples > 0) {
    const other = table.intern("other", "", 0, "", "runtime");
    list.push({ stack: [other], ...rest });
  }
  return {
    groups,
    set: {
      ...head,
      frames: table.frames,
      stacks: list,
      periodNano: Number(periods[0]?.[0] ?? 0),
      truncated: rest.samples > 0,
    },
  };
}
