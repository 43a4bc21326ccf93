import { rootOf, type SpanTree } from "./tree.ts";

/** A stretch of time in which `span` (an index) decided how long the trace took. ns since the start of the trace. */
export interface Segment {
  readonly span: number;
  readonly start: number;
  readonly end: number;
}

interface Walk {
  readonly span: number;
  readonly from: number;
  readonly until: number;
}

/**
 * Walks back from the end of the root: the child that finished last held its parent up until then, before it the child
 * that finished last before that one began, and so on, each in turn in the same way. A child that outlives its parent
 * counts up to the parent's end. The segments touch, and their sum is the root's duration.
 */
export function criticalPath(tree: SpanTree): Segment[] {
  const root = rootOf(tree);
  if (root === undefined) return [];
  const segments: Segment[] = [];
  const open: (Walk | Segment)[] = [
    { span: root, from: tree.spans[root]!.start, until: tree.spans[root]!.end },
  ];
  // Work and finished segments share one stack, latest time on top, so that segments come out in reverse order.
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ("end" in next) {
      if (next.end > next.start) segments.push(next);
      continue;
    }
    const { span, from, until } = next;
    const children = tree.children[span]!.map((index) => ({
      index,
      start: Math.max(tree.spans[index]!.start, from),
      end: Math.min(tree.spans[index]!.end, until),
    }))
      .filter((child) => child.end > child.start)
      .sort((a, b) => b.end - a.end || a.start - b.start || a.index - b.index);
    const parts: (Walk | Segment)[] = [];
    let cursor = until;
    for (const child of children) {
      if (child.end > cursor) continue;
      parts.push({ span, start: child.end, end: cursor });
      parts.push({ span: child.index, from: child.start, until: child.end });
      cursor = child.start;
    }
    parts.push({ span, start: from, end: cursor });
    for (let i = parts.length - 1; i >= 0; i--) open.push(parts[i]!);
  }
  return segments.reverse();
}
