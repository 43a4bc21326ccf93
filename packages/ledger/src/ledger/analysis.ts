import type { LedgerContext } from "../context.ts";
import type { Resume } from "../timeline/stream.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { LedgerClass, LedgerSpan } from "../types.ts";
import { awaitedBy, type Awaited } from "./awaited.ts";
import type { HoldBounds, Piece } from "./piece.ts";
import { placeOnThread, type Placed } from "./place.ts";
import { type Moment, type Run, runsOf } from "./runs.ts";
import { SAME_NANO, withSent } from "./sent.ts";
import { classifyWait } from "./wait.ts";

/** A turn begins where the one before ended, the resume it is for a moment later: behind what nobody owns. */
const FIRST_NANO = 500_000;

/** All of a span's time in pieces, before it is summed. */
export interface Analysis extends Placed {
  readonly span: LedgerSpan;
  readonly timeline: Timeline;
  /** They touch, from `start` to `end`. */
  readonly pieces: readonly Piece[];
  readonly holds: readonly HoldBounds[];
  readonly awaited: readonly Awaited[];
}

/** Undefined: the span's thread is unknown or was not sampled then. */
export function analyse(span: LedgerSpan, context: LedgerContext): Analysis | undefined {
  if (span.instance === null || span.thread === null) return undefined;
  const timeline = context.timelineOf(span.instance, span.thread);
  if (timeline === undefined || timeline.segments.length === 0) return undefined;
  const placed = placeOnThread(span, timeline);
  const last = timeline.segments.at(-1)?.end ?? 0;
  if (placed.end <= (timeline.segments[0]?.start ?? 0) || placed.start >= last) return undefined;
  const { runs, moments: ran } = runsOf(span, placed, timeline, context);
  const awaited = awaitedBy(span, timeline, context);
  const moments = withSent(ran, awaited, timeline);
  const pieces: Piece[] = [];
  const holds: HoldBounds[] = [];
  let moment = 0;
  let i = 0;
  while (i < runs.length) {
    const run = runs[i] as Run;
    if (run.role !== "other") {
      pieces.push({
        start: run.start,
        end: run.end,
        class: runningClass(run),
        segment: run.segment,
        edge: run.start === run.segment?.start ? run.segment.edge : 0,
      });
      i++;
      continue;
    }
    let j = i + 1;
    while (j < runs.length && (runs[j] as Run).role === "other") j++;
    const group = runs.slice(i, j);
    const end = (group.at(-1) as Run).end;
    let start = run.start;
    const wait = (until: number, by: Pick<Moment, "resumed" | "sent" | "resume">): void => {
      if (until <= start) return;
      const { resumed, sent, resume } = by;
      const part = { start, end: until, runs: clip(group, start, until), resumed, sent, resume };
      const hold = classifyWait(part, awaited, timeline, pieces);
      if (hold !== undefined) holds.push(hold);
      start = until;
    };
    while (moment < moments.length && (moments[moment] as Moment).time <= start) moment++;
    for (; moment < moments.length && (moments[moment] as Moment).time < end; moment++) {
      const at = moments[moment] as Moment;
      wait(at.time, { ...at, resume: at.resume ?? resumeAt(moments, moment, at.time) });
    }
    // What made it go on at the very end, if anything is known of it.
    const next = moments.slice(moment, moment + 4);
    wait(end, {
      resumed: true,
      sent: next.find(({ time, sent }) => sent !== undefined && time <= end + SAME_NANO)?.sent,
      resume: resumeAt(moments, moment, end),
    });
    i = j;
  }
  return { ...placed, span, timeline, pieces, holds, awaited };
}

/** The macrotask with which the span went on, if the journal lists it: a child's start in it is known to half a millisecond. */
function resumeAt(moments: readonly Moment[], from: number, time: number): Resume | undefined {
  return moments
    .slice(from, from + 4)
    .find((moment) => moment.resume !== undefined && moment.time <= time + FIRST_NANO)?.resume;
}

function runningClass({ role, segment }: Run): LedgerClass {
  switch (segment?.kind) {
    case "gc":
      return "gc";
    case "blocked":
      return "blocked.sync";
    case "stalled":
      return "stalled";
    case "lost":
    case undefined:
      return "unprofiled";
    case "idle":
    case "js":
    case "runtime":
      return role === "child" ? "cpu.child" : "cpu.self";
  }
}

function clip(runs: readonly Run[], start: number, end: number): Run[] {
  const clipped: Run[] = [];
  for (const run of runs) {
    if (run.end <= start || run.start >= end) continue;
    clipped.push(
      run.start >= start && run.end <= end
        ? run
        : { ...run, start: Math.max(run.start, start), end: Math.min(run.end, end) },
    );
  }
  return clipped;
}
