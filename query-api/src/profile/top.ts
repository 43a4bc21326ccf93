import type { Top } from "../types.ts";
import { type SampleSet, valueOf } from "./frames.ts";

/** Functions by self: package and function name together are one row, wherever they stand in the stack. */
export function topFunctions(set: SampleSet, limit: number): Top["functions"] {
  const rows = new Map<string, Top["functions"][number]>();
  const rowOf = set.frames.map((frame) => {
    const key = `${frame.package ?? ""}\0${frame.function}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = { function: frame.function, package: frame.package, self: 0, total: 0, samples: 0 };
      rows.set(key, row);
    }
    return row;
  });
  const seen = new Set<object>();
  for (const sample of set.stacks) {
    seen.clear();
    const value = valueOf(set, sample);
    for (let i = 0; i < sample.stack.length; i++) {
      const row = rowOf[sample.stack[i]!]!;
      if (i === 0) row.self += value;
      if (seen.has(row)) continue;
      seen.add(row);
      row.total += value;
      row.samples += sample.samples;
    }
  }
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...rows.values()]
    .filter((row) => row.samples > 0)
    .sort(
      (a, b) =>
        b.self - a.self ||
        b.total - a.total ||
        order(a.function, b.function) ||
        order(a.package ?? "", b.package ?? ""),
    )
    .slice(0, limit);
}
