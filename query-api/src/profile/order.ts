import type { SampleSet, StackSample } from "./frames.ts";
import { compareFrames } from "./tree.ts";

/** The same samples in an order that does not depend on how they were read, so that equal files have equal bytes and one ETag. */
export function inOrder<T extends SampleSet>(set: T): T {
  const rank = new Int32Array(set.frames.length);
  const sorted = set.frames.map((_, id) => id).sort((a, b) => compareFrames(set.frames, a, b));
  sorted.forEach((id, at) => (rank[id] = at));
  const byStack = (a: StackSample, b: StackSample): number => {
    const [m, n] = [a.stack.length, b.stack.length];
    for (let depth = 1; depth <= m && depth <= n; depth++) {
      const order = rank[a.stack[m - depth]!]! - rank[b.stack[n - depth]!]!;
      if (order !== 0) return order;
    }
    return m - n;
  };
  const byText = (a = "", b = ""): number => (a < b ? -1 : a > b ? 1 : 0);
  return {
    ...set,
    stacks: set.stacks.toSorted(
      (a, b) =>
        byStack(a, b) ||
        byText(a.traceId, b.traceId) ||
        byText(a.spanId, b.spanId) ||
        a.wall - b.wall ||
        a.cpu - b.cpu ||
        a.samples - b.samples,
    ),
  };
}
