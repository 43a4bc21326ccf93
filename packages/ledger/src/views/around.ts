import type { LedgerContext } from "../context.ts";
import { analyse } from "../ledger/analysis.ts";
import type { Piece } from "../ledger/piece.ts";
import { firstTick } from "../ledger/rows.ts";
import type { Segment } from "../timeline/segment.ts";
import type { Tick } from "../timeline/stream.ts";
import { segmentAt } from "../timeline/timeline.ts";
import type { LedgerClass, LedgerLabel, LedgerSpan, TimelineAround, TimelinePiece } from "../types.ts";

/** The loop of the span's thread, from `padMs` before the span to `padMs` behind it. */
export function timelineAround(span: LedgerSpan, context: LedgerContext, padMs = 50): TimelineAround {
  const analysis = analyse(span, context);
  const pad = Math.round(padMs * 1e6);
  const durationNano = Math.round(span.durationNano) + 2 * pad;
  if (analysis === undefined) {
    return {
      state: "no_windows",
      t0UnixNano: span.startUnixNano - BigInt(pad),
      durationNano,
      turns: [],
      gc: [],
      idle: [],
      span: [],
      children: [],
      ticks: [],
      labels: [],
    };
  }
  const { timeline, pieces, awaited } = analysis;
  const t0 = analysis.start - pad;
  const end = t0 + durationNano;
  const clip = (from: number, to: number): TimelinePiece => ({
    start: Math.max(from, t0) - t0,
    dur: Math.max(0, Math.min(to, end) - Math.max(from, t0)),
  });
  const labels: LedgerLabel[] = [];
  const numbers = new Map<number, number>();
  const labelOf = (label: number): number | null => {
    const known = timeline.labels[label];
    if (known === undefined) return null;
    let number = numbers.get(label);
    if (number === undefined) numbers.set(label, (number = labels.push(known) - 1));
    return number;
  };

  const within: Segment[] = [];
  for (let i = Math.max(0, segmentAt(timeline, t0)); i < timeline.segments.length; i++) {
    const segment = timeline.segments[i] as Segment;
    if (segment.start >= end) break;
    within.push(segment);
  }
  const ticks: { t: number; class: LedgerClass | null }[] = [];
  let piece = 0;
  for (let i = firstTick(timeline.ticks, t0); i < timeline.ticks.length; i++) {
    const { time } = timeline.ticks[i] as Tick;
    if (time >= end) break;
    while (piece < pieces.length && (pieces[piece] as Piece).end <= time) piece++;
    const found = pieces[piece];
    ticks.push({ t: time - t0, class: found !== undefined && found.start <= time ? found.class : null });
  }
  return {
    state: span.durationNano < timeline.periodNano ? "too_short" : "ready",
    // Where the ledger places the span: up to a millisecond behind its recorded start.
    t0UnixNano: timeline.originUnixNano + BigInt(t0),
    durationNano,
    turns: turnsOf(within).map((run) => ({
      ...clip(run.start, run.end),
      label: labelOf(run.label),
      stack: run.stack < 0 ? null : (timeline.stacks[run.stack] as string),
      frame: run.stack < 0 ? null : frame(context, timeline.stacks[run.stack] as string),
    })),
    gc: within.filter(({ kind }) => kind === "gc").map((gc) => clip(gc.start, gc.end)),
    idle: within.filter(({ kind }) => kind === "idle").map((idle) => clip(idle.start, idle.end)),
    span: merged(pieces).map((each) => ({ ...clip(each.start, each.end), class: each.class })),
    children: awaited
      .filter((child) => child.span !== span)
      .map((child) => ({
        ...clip(child.start, child.end),
        spanId: child.span.spanId,
        name: child.span.name,
        answered: child.remote === undefined ? null : Math.round(child.remote.end) - t0,
      })),
    ticks,
    labels,
  };
}

function frame(context: LedgerContext, stack: string): string {
  return context.frameOf?.(stack) ?? stack;
}

/** Busy segments of one label that touch are one turn here; its stack is the one that took longest. */
function turnsOf(
  segments: readonly Segment[],
): { start: number; end: number; label: number; stack: number }[] {
  const turns: { start: number; end: number; label: number; stack: number; most: number }[] = [];
  for (const { kind, start, end, label, stack } of segments) {
    if (kind === "idle" || kind === "lost") continue;
    const last = turns.at(-1);
    if (last === undefined || last.end !== start || last.label !== label) {
      turns.push({ start, end, label, stack, most: end - start });
      continue;
    }
    last.end = end;
    if (end - start > last.most && stack >= 0) {
      last.stack = stack;
      last.most = end - start;
    }
  }
  return turns;
}

function merged(pieces: readonly Piece[]): { start: number; end: number; class: LedgerClass }[] {
  const runs: { start: number; end: number; class: LedgerClass }[] = [];
  for (const { start, end, class: name } of pieces) {
    const last = runs.at(-1);
    if (last !== undefined && last.class === name) last.end = end;
    else runs.push({ start, end, class: name });
  }
  return runs;
}
