/** [start, end), nanoseconds. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

export function length(intervals: readonly Interval[]): number {
  let sum = 0;
  for (const { start, end } of intervals) sum += end - start;
  return sum;
}

/** Sorted and without overlaps. */
export function union(intervals: readonly Interval[]): Interval[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of intervals
    .filter((i) => i.end > i.start)
    .toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** Parts of `a` within `b`; both sorted and without overlaps. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const common: Interval[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const left = a[i] as Interval;
    const right = b[j] as Interval;
    const start = Math.max(left.start, right.start);
    const end = Math.min(left.end, right.end);
    if (end > start) common.push({ start, end });
    if (left.end < right.end) i++;
    else j++;
  }
  return common;
}

/** Parts of `a` outside `b`; both sorted and without overlaps. */
export function subtract(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const rest: Interval[] = [];
  for (const { start, end } of a) {
    let from = start;
    for (const hole of b) {
      if (hole.end <= from) continue;
      if (hole.start >= end) break;
      if (hole.start > from) rest.push({ start: from, end: hole.start });
      from = Math.max(from, hole.end);
    }
    if (from < end) rest.push({ start: from, end });
  }
  return rest;
}
