import type { Segment } from "./segment.ts";

export interface Pause {
  readonly start: number;
  readonly end: number;
}

/** Cuts the exact collections out of whatever the ticks made of that time; they keep its owner. */
export function carveGc(segments: readonly Segment[], pauses: readonly Pause[]): Segment[] {
  if (pauses.length === 0) return [...segments];
  const carved: Segment[] = [];
  let next = 0;
  for (const segment of segments) {
    let at = segment.start;
    let edge = segment.edge;
    while (next < pauses.length && (pauses[next] as Pause).end <= at) next++;
    for (let k = next; k < pauses.length; k++) {
      const pause = pauses[k] as Pause;
      if (pause.start >= segment.end) break;
      const start = Math.max(pause.start, at);
      const end = Math.min(pause.end, segment.end);
      if (end <= start) continue;
      if (start > at) carved.push({ ...segment, start: at, end: start, edge });
      carved.push({ ...segment, start, end, kind: "gc", edge: start > at ? 0 : edge });
      edge = 0;
      at = end;
    }
    if (at < segment.end) carved.push({ ...segment, start: at, edge });
  }
  return carved;
}

/** Sums pauses between two times. @param pauses in order of their start, not overlapping. */
export function pauseSum(pauses: readonly Pause[]): (start: number, end: number) => number {
  return (start, end) => {
    let low = 0;
    let high = pauses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pauses[middle] as Pause).end <= start) low = middle + 1;
      else high = middle;
    }
    let sum = 0;
    for (let i = low; i < pauses.length; i++) {
      const pause = pauses[i] as Pause;
      if (pause.start >= end) break;
      sum += Math.min(pause.end, end) - Math.max(pause.start, start);
    }
    return sum;
  };
}
