// Functions that changed as rows of a table, on one scale. Pure.
import type { CompareAnswer } from "../api/types.ts";
import { filterText } from "../flamegraph/tree.ts";
import { linearTicks } from "../lib/scale.ts";
import type { DiffTree } from "./diff.ts";

export type FunctionChange = CompareAnswer["functions"][number];
export type Order = "change" | "base" | "other";

/** Only of what is on one side by more than chance: few samples miss many functions. */
export function tagOf(
  row: FunctionChange,
  diff: Pick<DiffTree, "added" | "gone">,
): "new" | "gone" | undefined {
  const key = keyOf(row);
  return diff.added.has(key) ? "new" : diff.gone.has(key) ? "gone" : undefined;
}

/** As a frame's `filterText`. */
export const keyOf = (row: FunctionChange): string => filterText({ ...row, line: null });

export function sortChanges(rows: readonly FunctionChange[], by: Order): readonly FunctionChange[] {
  const value = (row: FunctionChange): number => (by === "change" ? Math.abs(row.delta) : row[by]);
  // What may be chance stands after what is not.
  const sure = (row: FunctionChange): number => Number(by === "change" && row.significant);
  return rows.toSorted(
    (a, b) =>
      sure(b) - sure(a) ||
      value(b) - value(a) ||
      (`${a.package ?? ""}/${a.function}` < `${b.package ?? ""}/${b.function}` ? -1 : 1),
  );
}

/** The scale that all changes and their intervals lie on, with its marks. */
export interface ChangeScale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

export function changeScale(rows: readonly FunctionChange[]): ChangeScale {
  let low = 0;
  let high = 0;
  for (const row of rows) {
    low = Math.min(low, row.tested ? row.low : row.delta, row.delta);
    high = Math.max(high, row.tested ? row.high : row.delta, row.delta);
  }
  if (low === high) return { low: 0, high: 1, ticks: [0] };
  const room = 0.04 * (high - low);
  const scale = { low: low < 0 ? low - room : low, high: high > 0 ? high + room : high };
  return { ...scale, ticks: linearTicks(scale.low, scale.high, 4) };
}

export const placeOn = ({ low, high }: ChangeScale, value: number): number => (value - low) / (high - low);
