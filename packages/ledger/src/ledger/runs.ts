import type { LedgerContext } from "../context.ts";
import type { Segment } from "../timeline/segment.ts";
import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import { forestOf, onThread } from "./forest.ts";
import { placeOnThread, type Placed } from "./place.ts";

export type Role = "other" | "self" | "child";

/** A segment of the thread within the span, and whether the span's subtree ran in it. */
export interface Run {
  readonly start: number;
  readonly end: number;
  /** Undefined outside of what was sampled. */
  readonly segment: Segment | undefined;
  readonly role: Role;
}

/** When the subtree is known to have run, beyond its ticks. */
export interface Moment {
  readonly time: number;
  /** It went on from here; false: a child ended, and perhaps nothing else. */
  readonly resumed: boolean;
}

export interface SubtreeRuns {
  readonly runs: readonly Run[];
  /** Inside of the span, in order. */
  readonly moments: readonly Moment[];
  /** Labels of the subtree. */
  readonly roles: readonly Role[];
}

export function runsOf(
  span: LedgerSpan,
  placed: Placed,
  timeline: Timeline,
  context: LedgerContext,
): SubtreeRuns {
  const subtree = forestOf(context.spans).subtree(span);
  const roles = rolesOf(span, subtree, timeline);
  const moments: Moment[] = [];
  const inside = (time: number): boolean => time > placed.start && time < placed.end;
  const touched: number[] = [placed.start, placed.end];
  for (const each of subtree) {
    if (each === span || !onThread(each, span)) continue;
    const { start, end } = placeOnThread(each, timeline);
    if (inside(start)) {
      moments.push({ time: start, resumed: true });
      touched.push(start);
    }
    if (inside(end)) {
      moments.push({ time: end, resumed: false });
      touched.push(end);
    }
  }
  for (const { time, label } of timeline.resumes) {
    if (label >= 0 && roles[label] !== "other" && inside(time)) moments.push({ time, resumed: true });
  }
  moments.sort((a, b) => a.time - b.time);
  touched.sort((a, b) => a - b);
  return { runs: cut(placed, timeline, roles, touched), moments, roles };
}

function rolesOf(span: LedgerSpan, subtree: readonly LedgerSpan[], timeline: Timeline): Role[] {
  const inside = new Set(subtree.map((each) => each.spanId));
  return timeline.labels.map((label) => {
    if (label.spanId === "" || label.traceId !== span.traceId) return "other";
    if (label.spanId === span.spanId) return "self";
    // A child that was not exported still names the span as its local root.
    return inside.has(label.spanId) || label.localRootId === span.spanId ? "child" : "other";
  });
}

function cut(placed: Placed, timeline: Timeline, roles: readonly Role[], touched: readonly number[]): Run[] {
  const runs: Run[] = [];
  let at = placed.start;
  let next = 0;
  const { segments } = timeline;
  for (let i = Math.max(0, segmentAt(timeline, placed.start)); i < segments.length; i++) {
    const segment = segments[i] as Segment;
    if (segment.start >= placed.end) break;
    if (segment.start > at) runs.push({ start: at, end: segment.start, segment: undefined, role: "other" });
    at = Math.max(at, segment.start);
    const end = Math.min(segment.end, placed.end);
    if (end <= at) continue;
    let role: Role = segment.label >= 0 ? (roles[segment.label] as Role) : "other";
    if (isAnonymous(segment)) {
      // A turn no tick fell into, begun without a label (a socket's), in which a span of ours began or ended: it was ours.
      const bias = placed.bias;
      while (next < touched.length && (touched[next] as number) < at - bias) next++;
      const time = touched[next];
      if (time !== undefined && time <= end + bias) role = "self";
    }
    runs.push({ start: at, end, segment, role });
    at = end;
  }
  if (at < placed.end) runs.push({ start: at, end: placed.end, segment: undefined, role: "other" });
  return runs;
}

function isAnonymous({ kind, label, stack }: Segment): boolean {
  return label === -1 && stack === -1 && (kind === "js" || kind === "runtime");
}
