import type { LedgerContext } from "../context.ts";
import { analyse, type Analysis } from "../ledger/analysis.ts";
import { Blame } from "../ledger/blame.ts";
import { childrenOf } from "../ledger/children.ts";
import { coverageOf } from "../ledger/coverage.ts";
import { head, NO_COVERAGE } from "../ledger/ledger.ts";
import type { Piece } from "../ledger/piece.ts";
import { place } from "../ledger/place.ts";
import { queuedBefore } from "../ledger/queue.ts";
import { Rows } from "../ledger/rows.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { Ledger, LedgerChild, LedgerCoverage, LedgerSpan } from "../types.ts";
import { criticalPath, type PathStep } from "./path.ts";

/**
 * Where a trace's time went, along its critical path across services: at each instant the ledger of the span that decided.
 * Rows sum to the root's duration exactly. A request that waits for the other side's thread, before a span there shows it, is
 * held by what runs there. Time of spans whose thread was not sampled is `unprofiled`. `cpu.self` is then
 * the work of the spans on the path.
 * @param root the trace's root, or the topmost span that is known.
 */
export function traceLedger(root: LedgerSpan, context: LedgerContext): Ledger {
  const analyses = new Map<LedgerSpan, Analysis | undefined>();
  const sums = new Rows();
  const blame = new Blame();
  const children: LedgerChild[] = [];
  const path = criticalPath(root, context);
  for (const [i, { span, start, end: until, offset }] of path.entries()) {
    const queue = queueBehind(path[i] as PathStep, path[i + 1], context);
    const end = until - (queue?.nano ?? 0);
    if (!analyses.has(span)) {
      const found = analyse(span, context);
      analyses.set(span, found);
      if (found !== undefined) children.push(...childrenOf(found));
    }
    const analysis = analyses.get(span);
    if (analysis === undefined) sums.addUnprofiled(end - start);
    else {
      const from = analysis.start + offset;
      const pieces = clip(analysis.pieces, from, from + end - start);
      const known = pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0);
      sums.add(analysis, pieces);
      blame.add(analysis, pieces, context);
      if (known < end - start) sums.addUnprofiled(end - start - known);
    }
    if (queue !== undefined) {
      sums.add(queue, queue.pieces);
      blame.add(queue, queue.pieces, context);
    }
  }
  const known = [...analyses.values()].filter((analysis) => analysis !== undefined);
  if (known.length === 0) {
    return { ...head(root, "no_windows"), coverage: NO_COVERAGE, rows: [], blame: [], children: [] };
  }
  const coverage = known.map(coverageOf).reduce(combine);
  if (root.durationNano < coverage.periodNano) {
    return { ...head(root, "too_short"), coverage, rows: [], blame: [], children: [] };
  }
  const rows = sums.rows(context);
  const seen = new Set<string>();
  return {
    ...head(root, "ready"),
    coverage,
    rows,
    blame: blame.entries(rows.find((row) => row.class === "loop.held")),
    children: children.filter(({ spanId }) => !seen.has(spanId) && seen.add(spanId)),
  };
}

interface Queue {
  readonly timeline: Timeline;
  readonly pieces: readonly Piece[];
  readonly holds: readonly [];
  readonly bias: number;
  readonly nano: number;
}

/** Before the path goes over to a server span: the request waited there while that thread did other work. */
function queueBehind(
  { span, start, end }: PathStep,
  next: PathStep | undefined,
  context: LedgerContext,
): Queue | undefined {
  const server = next?.span;
  if (server?.parentSpanId !== span.spanId || next?.offset !== 0 || server.kind !== "server")
    return undefined;
  if (server.instance === null || server.thread === null) return undefined;
  const timeline = context.timelineOf(server.instance, server.thread);
  if (timeline === undefined) return undefined;
  const pieces = queuedBefore(server, timeline, end - start);
  const nano = pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0);
  return nano === 0
    ? undefined
    : { timeline, pieces, holds: [], nano, bias: place(server, timeline.originUnixNano).bias };
}

export function clip(pieces: readonly Piece[], start: number, end: number): Piece[] {
  const clipped: Piece[] = [];
  for (const piece of pieces) {
    if (piece.end <= start || piece.start >= end) continue;
    clipped.push({ ...piece, start: Math.max(piece.start, start), end: Math.min(piece.end, end) });
  }
  return clipped;
}

const METHODS = ["journal", "quiet", "ticks"] as const;

function combine(a: LedgerCoverage, b: LedgerCoverage): LedgerCoverage {
  return {
    periodNano: Math.max(a.periodNano, b.periodNano),
    expectedTicks: a.expectedTicks + b.expectedTicks,
    ticks: a.ticks + b.ticks,
    lostTicks: a.lostTicks + b.lostTicks,
    windows: a.windows + b.windows,
    clockErrorNano: Math.max(a.clockErrorNano, b.clockErrorNano),
    method: METHODS[Math.max(METHODS.indexOf(a.method), METHODS.indexOf(b.method))] ?? "ticks",
  };
}
