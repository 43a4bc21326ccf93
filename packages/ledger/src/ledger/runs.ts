import type { LedgerContext } from "../context.ts";
import type { Segment } from "../timeline/segment.ts";
import type { Resume } from "../timeline/stream.ts";
import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import type { Awaited } from "./awaited.ts";
import { childKind } from "./child-kind.ts";
import { forestOf, onThread } from "./forest.ts";
import { placeOnThread, type Placed } from "./place.ts";
import { isAnonymous, type Known, knownRuns } from "./sightings.ts";

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
  /** The child whose request left then: since its start it could have. */
  readonly sent?: Awaited | undefined;
  /** The macrotask that it went on with, where the journal lists it. */
  readonly resume?: Resume | undefined;
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
  const begun = rolesOfTurns(span, subtree, timeline, roles);
  const bounds = boundsOf(span, subtree, timeline, roles);
  const known = knownRuns(span, placed, subtree, timeline, { roles, begun });
  const moments: Moment[] = [];
  const inside = (time: number): boolean => time > placed.start && time < placed.end;
  for (const each of subtree) {
    if (each === span || !onThread(each, span)) continue;
    const { start, end } = placeOnThread(each, timeline);
    if (inside(start)) moments.push({ time: start, resumed: true });
    if (inside(end)) moments.push({ time: end, resumed: false });
  }
  for (const resume of timeline.resumes) {
    const { time, label } = resume;
    if (label >= 0 && roles[label] !== "other" && inside(time)) moments.push({ time, resumed: true, resume });
  }
  moments.sort((a, b) => a.time - b.time);
  return {
    runs: cut(placed, timeline, { roles, begun, bounds, known }),
    moments,
    roles,
  };
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

/**
 * A turn that no tick fell into has the label it began with. A client span's is that of its socket: what follows is mostly the
 * work of whoever awaited the answer (streams: in 100 % of the turns in which a tick told).
 */
function rolesOfTurns(
  span: LedgerSpan,
  subtree: readonly LedgerSpan[],
  timeline: Timeline,
  roles: readonly Role[],
): Role[] {
  const byId = new Map(subtree.map((each) => [each.spanId, each]));
  return timeline.labels.map((label, i) => {
    if (roles[i] !== "child") return roles[i] as Role;
    let at = byId.get(label.spanId);
    for (let hops = 0; at !== undefined && at !== span && hops < 16; hops++) {
      if (childKind(at) === "internal") return "child";
      at = byId.get(at.parentSpanId ?? "");
    }
    return at === span ? "self" : "child";
  });
}

/** Where children of this thread, by label, began and ended; deeper descendants lie within other ones. */
function boundsOf(
  span: LedgerSpan,
  subtree: readonly LedgerSpan[],
  timeline: Timeline,
  roles: readonly Role[],
): (Placed | undefined)[] {
  const byId = new Map(subtree.map((each) => [each.spanId, each]));
  return timeline.labels.map((label, i) => {
    const found = roles[i] === "child" ? byId.get(label.spanId) : undefined;
    return found?.parentSpanId !== span.spanId ? undefined : placeOnThread(found, timeline);
  });
}

interface Owners {
  readonly roles: readonly Role[];
  /** Of turns without a tick. */
  readonly begun: readonly Role[];
  readonly bounds: readonly (Placed | undefined)[];
  /** In order, apart from each other. */
  readonly known: readonly Known[];
}

function cut(placed: Placed, timeline: Timeline, { roles, begun, bounds, known }: Owners): Run[] {
  const runs: Run[] = [];
  let at = placed.start;
  let next = 0;
  const { segments } = timeline;
  const upTo = (end: number, segment: Segment | undefined, role: Role): void => {
    if (end <= at) return;
    runs.push({ start: at, end, segment, role });
    at = end;
  };
  /** What its label says. */
  const byLabel = (end: number, segment: Segment): void => {
    const { label, stack } = segment;
    const role: Role = label < 0 ? "other" : ((stack < 0 ? begun : roles)[label] as Role);
    // A tick's half gaps may reach over the edges of its span: there its parent ran.
    const own = role === "child" && !isAnonymous(segment) ? bounds[label] : undefined;
    if (own === undefined) {
      upTo(end, segment, role);
      return;
    }
    upTo(Math.min(own.start, end), segment, "self");
    upTo(Math.min(own.end, end), segment, role);
    upTo(end, segment, "self");
  };
  for (let i = Math.max(0, segmentAt(timeline, placed.start)); i < segments.length; i++) {
    const segment = segments[i] as Segment;
    if (segment.start >= placed.end) break;
    upTo(segment.start, undefined, "other");
    const end = Math.min(segment.end, placed.end);
    if (end <= at) continue;
    if (segment.kind !== "idle" && segment.kind !== "lost") {
      while (next < known.length && (known[next] as Known).end <= at) next++;
      for (let k = next; (known[k]?.start ?? end) < end; k++) {
        const { start, end: until, role } = known[k] as Known;
        byLabel(start, segment);
        upTo(Math.min(until, end), segment, role);
      }
    }
    byLabel(end, segment);
  }
  upTo(placed.end, undefined, "other");
  return runs;
}
