import { spanColumns } from "../db/span-columns.ts";
import { readSelectionSamples, type SampleGroup, type SampleSums } from "../db/samples.ts";
import { type Selection, selectionParts } from "../db/selection.ts";
import { microTime, and, oneOf, sql } from "../db/sql.ts";
import type { Caller } from "../db/store.ts";
import type { TimeRange } from "../params/time.ts";
import type { SampleSet } from "../profile/frames.ts";
import type { Context } from "./context.ts";
import { readSelectionHolds } from "./holds.ts";

/** Distinct stacks read for one profile; what is beyond becomes one frame `other`. */
const MAX_STACKS = 50_000;

/** The samples of a selection by stack, of any type. */
export async function readSelection(
  context: Context,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
): Promise<SampleSet> {
  const { service, type = "wall" } = selection;
  const [{ set }, periods] = await Promise.all([
    readSamples(context, caller, selection, range, MAX_STACKS),
    type === "wall" || type === "cpu"
      ? context.store.rows<[string]>(
          caller,
          sql`SELECT toString(max(PeriodNano)) FROM profile_windows WHERE ${and([
            oneOf(sql`ServiceName`, service),
            sql`Start >= ${microTime(range.from)} AND Start < ${microTime(range.to)}`,
          ])}`,
        )
      : [],
  ]);
  return { ...set, periodNano: Number(periods[0]?.[0] ?? 0) };
}

export interface SelectionSamples {
  /** Without a period. */
  readonly set: SampleSet;
  readonly groups: readonly SampleGroup[];
}

/** The same without the period. What is beyond so many stacks becomes one frame `other`. */
export async function readSamples(
  context: Context,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  maxStacks: number,
): Promise<SelectionSamples> {
  const { store, stacks } = context;
  const { type } = selection;
  if (type === "loop_hold") {
    const { groups, truncated } = await readSelectionHolds(context, caller, selection, range);
    const { table, stacks: list } = await stacks.resolve(store, caller, groups);
    const head = { type, startUnixNano: range.from, endUnixNano: range.to };
    return { groups, set: { ...head, frames: table.frames, stacks: list, periodNano: 0, truncated } };
  }
  const parts = selectionParts(selection, range, await spanColumns(store, caller));
  const read = await readSelectionSamples(store, caller, parts, type === "cpu", maxStacks);
  return { groups: read.groups, set: await toSet(context, caller, selection, range, read) };
}

/** Samples by stack with their frames; what is beyond a limit is one frame `other`. */
export async function toSet(
  { store, stacks }: Pick<Context, "store" | "stacks">,
  caller: Caller,
  { type = "wall" }: Selection,
  range: TimeRange,
  { groups, rest }: { readonly groups: readonly SampleGroup[]; readonly rest: SampleSums },
): Promise<SampleSet> {
  const { table, stacks: list } = await stacks.resolve(store, caller, groups);
  if (rest.samples > 0) {
    const other = table.intern("other", "", 0, "", "runtime");
    list.push({ stack: [other], ...rest });
  }
  return {
    type,
    startUnixNano: range.from,
    endUnixNano: range.to,
    frames: table.frames,
    stacks: list,
    periodNano: 0,
    truncated: rest.samples > 0,
  };
}
