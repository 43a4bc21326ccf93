// One row of the waterfall by its classes: what is drawn inside its bar, and the note beside it. Pure.
import type { LedgerClass, Timeline } from "../api/ledger-types.ts";
import type { Trace, TraceSpan } from "../api/types.ts";
import { ownOf, requestsName } from "../ledger/holders.ts";
import { duration } from "../lib/format.ts";
import { nanoSince } from "../lib/time.ts";
import { placeIn, type TimeWindow } from "./waterfall.ts";

export interface LaneSegment {
  readonly class: LedgerClass;
  /** Per cent of the lane. */
  readonly left: number;
  readonly width: number;
}

interface Part {
  readonly class: LedgerClass;
  readonly start: number;
  readonly end: number;
}

/** The pieces of a span that begins at `spanStart` ns of the trace; neighbours of one class are one. */
export function partsOf(timeline: Timeline, spanStart: number): readonly Part[] {
  const parts: { class: LedgerClass; start: number; end: number }[] = [];
  for (const piece of timeline.span) {
    const start = piece.start + spanStart;
    const end = start + piece.dur;
    const last = parts.at(-1);
    if (last !== undefined && last.class === piece.class && start - last.end <= 1) last.end = end;
    else parts.push({ class: piece.class, start, end });
  }
  return parts;
}

/** A lane of `bins` places at most; where more pieces share one place, the class with most time there is drawn. */
export function laneSegments(parts: readonly Part[], window: TimeWindow, bins = 600): readonly LaneSegment[] {
  const inside = parts.filter((part) => part.end > window.from && part.start < window.to);
  if (inside.length <= bins / 2) {
    return inside.flatMap((part) => {
      const place = placeIn(window, part.start, part.end - part.start);
      return place === undefined ? [] : [{ class: part.class, ...place }];
    });
  }
  const size = (window.to - window.from) / bins;
  const segments: { class: LedgerClass; left: number; width: number }[] = [];
  let next = 0;
  for (let bin = 0; bin < bins; bin++) {
    const from = window.from + bin * size;
    const to = from + size;
    const sums = new Map<LedgerClass, number>();
    while (next < inside.length && (inside[next] as Part).end <= from) next++;
    for (let i = next; i < inside.length && (inside[i] as Part).start < to; i++) {
      const part = inside[i] as Part;
      const shared = Math.min(part.end, to) - Math.max(part.start, from);
      sums.set(part.class, (sums.get(part.class) ?? 0) + shared);
    }
    const most = [...sums].toSorted((a, b) => b[1] - a[1])[0];
    if (most === undefined) continue;
    const last = segments.at(-1);
    const left = (bin / bins) * 100;
    if (last !== undefined && last.class === most[0] && left - (last.left + last.width) < 1e-9) {
      last.width += 100 / bins;
    } else segments.push({ class: most[0], left, width: 100 / bins });
  }
  return segments;
}

export function sumsOf(
  timeline: Timeline,
): readonly { readonly class: LedgerClass; readonly nano: number }[] {
  const sums = new Map<LedgerClass, number>();
  for (const piece of timeline.span) sums.set(piece.class, (sums.get(piece.class) ?? 0) + piece.dur);
  return [...sums].map(([name, nano]) => ({ class: name, nano }));
}

const worthNoting = 0.2;

/** Of a span whose loop was held for over 20 % of it. */
export interface HeldNote {
  /** `answered after 41 ms, then the loop was held by POST /reports for 191 ms` */
  readonly words: string;
  /** Within what is drawn as held: `held by POST /reports, 191 ms`. */
  readonly short: string;
}

export function heldWords(trace: Trace, span: TraceSpan, timeline: Timeline): HeldNote | undefined {
  const held = timeline.span.filter((piece) => piece.class === "loop.held");
  const total = held.reduce((sum, piece) => sum + piece.dur, 0);
  if (total <= worthNoting * span.durationNano) return undefined;
  const own = ownOf(trace.traceId, [span]);
  const byOwner = new Map<string, { nano: number; readonly traces: Set<string> }>();
  for (const turn of timeline.turns) {
    const label = timeline.labels[turn.label];
    if (label === undefined || label === null || !label.endpoint) continue;
    let shared = 0;
    for (const piece of held) {
      shared += Math.max(
        0,
        Math.min(piece.start + piece.dur, turn.start + turn.dur) - Math.max(piece.start, turn.start),
      );
    }
    const owner = byOwner.get(label.endpoint) ?? { nano: 0, traces: new Set() };
    byOwner.set(label.endpoint, owner);
    owner.nano += shared;
    if (shared > 0) owner.traces.add(label.traceId);
  }
  const most = [...byOwner].toSorted((a, b) => b[1].nano - a[1].nano)[0];
  const known = most !== undefined && most[1].nano >= 0.5 * total;
  const by = known ? ` by ${requestsName(most[0], most[1].traces, own)}` : "";
  const time = duration(known ? most[1].nano : total);
  const words = `the loop was held${by} for ${time}`;
  const short = by === "" ? `loop held, ${time}` : `held${by}, ${time}`;
  const first = held[0];
  if (first === undefined) return { words, short };
  // The other side's own span says when it had answered, if the answer then stood there.
  const answered = trace.spans
    .filter((one) => one.parentSpanId === span.spanId && one.service !== span.service)
    .map((one) => nanoSince(span.startUnixNano, one.startUnixNano) + one.durationNano)
    .filter((end) => end <= first.start + Math.max(3e6, 0.05 * span.durationNano));
  return {
    words: answered.length === 0 ? words : `answered after ${duration(Math.max(...answered))}, then ${words}`,
    short,
  };
}

/** Where a row's note stands. */
export type NotePlace =
  | { readonly side: "after" | "before" | "below" }
  | { readonly side: "inside"; readonly left: number; readonly width: number };

// Room for a sentence beside a bar, in per cent of the lane; for the short words within a segment, in pixels.
const beside = 42;
const insidePx = 180;

/**
 * Beside the bar, else in the segment that it is about, else under the bar where the row is selected, else nowhere: then only
 * the row's text has it.
 */
export function notePlace(
  bar: { readonly left: number; readonly width: number },
  segments: readonly LaneSegment[],
  lane: { readonly widthPx: number; readonly selected: boolean },
): NotePlace | undefined {
  if (bar.left + bar.width <= 100 - beside) return { side: "after" };
  if (bar.left >= beside) return { side: "before" };
  const longest = segments
    .filter((segment) => segment.class === "loop.held")
    .toSorted((a, b) => b.width - a.width)[0];
  if (longest !== undefined && (longest.width / 100) * lane.widthPx >= insidePx) {
    return { side: "inside", left: longest.left, width: longest.width };
  }
  return lane.selected ? { side: "below" } : undefined;
}
