import type { LedgerContext } from "../context.ts";
import { analyse } from "../ledger/analysis.ts";
import { forestOf, onThread } from "../ledger/forest.ts";
import { Rows } from "../ledger/rows.ts";
import type { DelayedBy, LedgerSpan } from "../types.ts";

/**
 * Whom `span` and its descendants held up.
 * @param others spans of the same thread and time. Of a parent and its child only the parent counts: it lost the same time.
 * @param context its `spans` hold the descendants of `span` and of all others.
 */
export function delayedBy(
  span: LedgerSpan,
  others: readonly LedgerSpan[],
  context: LedgerContext,
): DelayedBy {
  const forest = forestOf(context.spans);
  const mine = new Set(forest.subtree(span).map(({ spanId }) => spanId));
  const given = new Set(others);
  const inner = (other: LedgerSpan): boolean => {
    const seen = new Set<LedgerSpan>();
    for (let up = forest.parentOf(other); up !== undefined && !seen.has(up); up = forest.parentOf(up)) {
      if (given.has(up) && onThread(up, other)) return true;
      seen.add(up);
    }
    return false;
  };
  const delayed: DelayedBy["delayed"][number][] = [];
  for (const other of given) {
    if (!onThread(other, span) || isSame(other, span) || inner(other)) continue;
    // Nobody holds up the request that it is part of.
    if (forest.subtree(other).some((each) => isSame(each, span)) || mine.has(other.spanId)) continue;
    const analysis = analyse(other, context);
    if (analysis === undefined) continue;
    let nano = 0;
    for (const { class: name, segment, start, end } of analysis.pieces) {
      if (name !== "loop.held" || segment === undefined || segment.label < 0) continue;
      const label = analysis.timeline.labels[segment.label];
      if (label === undefined || label.traceId !== span.traceId) continue;
      if (mine.has(label.spanId) || label.localRootId === span.spanId) nano += end - start;
    }
    if (nano === 0) continue;
    const rows = new Rows();
    rows.add(analysis);
    const held = rows.rows(context).find((row) => row.class === "loop.held");
    const share = held === undefined || held.nano === 0 ? 0 : nano / held.nano;
    delayed.push({
      traceId: other.traceId,
      spanId: other.spanId,
      service: other.service,
      endpoint: other.endpoint,
      nano,
      low: Math.min(nano, Math.round((held?.low ?? 0) * share)),
      high: Math.max(nano, Math.round((held?.high ?? 0) * share)),
    });
  }
  delayed.sort((a, b) => b.nano - a.nano);
  return { delayed, nano: delayed.reduce((sum, { nano }) => sum + nano, 0) };
}

function isSame(a: LedgerSpan, b: LedgerSpan): boolean {
  return a.traceId === b.traceId && a.spanId === b.spanId;
}
