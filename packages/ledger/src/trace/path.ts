import type { LedgerContext } from "../context.ts";
import { forestOf } from "../ledger/forest.ts";
import type { LedgerSpan } from "../types.ts";

/** A stretch of time in which `span` decided how long the trace took; ns since the start of the root, whole numbers. */
export interface PathStep {
  readonly span: LedgerSpan;
  readonly start: number;
  readonly end: number;
  /** Where that is within the span's own time. */
  readonly offset: number;
}

interface Walk {
  readonly span: LedgerSpan;
  /** Start of the span on the root's clock. */
  readonly origin: number;
  readonly from: number;
  readonly until: number;
}

/**
 * Walks back from the end of the root: the child that ended last held its parent up until then, before it the child that
 * ended last before that one began, and so on, each in turn in the same way. Steps touch and sum to the root's duration.
 * Children in other processes are moved by the skew of their clock, and never out of their parent.
 */
export function criticalPath(root: LedgerSpan, context: LedgerContext): PathStep[] {
  const forest = forestOf(context.spans);
  const steps: PathStep[] = [];
  const seen = new Set<LedgerSpan>([root]);
  const open: (Walk | PathStep)[] = [
    { span: root, origin: 0, from: 0, until: Math.round(root.durationNano) },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ("offset" in next) {
      if (next.end > next.start) steps.push(next);
      continue;
    }
    const { span, origin, from, until } = next;
    const children = forest
      .childrenOf(span)
      .filter((child) => !seen.has(child))
      .map((child) => {
        const skew = child.instance === span.instance ? 0 : (context.skewOf?.(span, child)?.offset ?? 0);
        const start = origin + Number(child.startUnixNano - span.startUnixNano) - Math.round(skew);
        const end = start + Math.round(child.durationNano);
        return { child, origin: start, start: Math.max(start, from), end: Math.min(end, until) };
      })
      .filter(({ start, end }) => end > start)
      .sort((a, b) => b.end - a.end || a.start - b.start);
    const parts: (Walk | PathStep)[] = [];
    const own = (start: number, end: number): void => {
      parts.push({ span, start, end, offset: start - origin });
    };
    let cursor = until;
    for (const { child, origin: childOrigin, start, end } of children) {
      if (end > cursor) continue;
      seen.add(child);
      own(end, cursor);
      parts.push({ span: child, origin: childOrigin, from: start, until: end });
      cursor = start;
    }
    own(from, cursor);
    for (let i = parts.length - 1; i >= 0; i--) open.push(parts[i] as Walk | PathStep);
  }
  return steps.reverse();
}
