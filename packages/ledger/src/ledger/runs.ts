import type { LedgerContext } from "../context.ts";
import type { Segment } from "../timeline/segment.ts";
import { type Pause, union } from "../timeline/carve.ts";
import type { Resume, Tick } from "../timeline/stream.ts";
import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import type { Awaited } from "./awaited.ts";
import { childKind } from "./child-kind.ts";
import { forestOf, onThread } from "./forest.ts";
import { firstTick } from "./rows.ts";
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

/** Starts of spans are whole milliseconds. */
const NEAR_NANO = 500_000;

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
  const nested = nestedIn(span, subtree, timeline, roles);
  const moments: Moment[] = [];
  const inside = (time: number): boolean => time > placed.start && time < placed.end;
  const touched: Touch[] = [
    { time: placed.start, ranBefore: false },
    { time: placed.end, ranBefore: true },
  ];
  for (const each of subtree) {
    if (each === span || !onThread(each, span)) continue;
    const { start, end } = placeOnThread(each, timeline);
    if (inside(start)) {
      moments.push({ time: start, resumed: true });
      touched.push({ time: start, ranBefore: true });
    }
    if (inside(end)) {
      moments.push({ time: end, resumed: false });
      touched.push({ time: end, ranBefore: false });
    }
  }
  for (const resume of timeline.resumes) {
    const { time, label } = resume;
    if (label >= 0 && roles[label] !== "other" && inside(time)) moments.push({ time, resumed: true, resume });
  }
  moments.sort((a, b) => a.time - b.time);
  // One that lies in a segment of the subtree, or so near that its clock may be wrong, is explained by it.
  const owned = (time: number): boolean => {
    const label = timeline.segments[segmentAt(timeline, time)]?.label ?? -1;
    return label >= 0 && roles[label] !== "other";
  };
  const unexplained = touched
    .filter(({ time, ranBefore }) => !owned(time) && !(ranBefore && owned(time - NEAR_NANO)))
    .sort((a, b) => a.time - b.time);
  return {
    runs: cut(placed, timeline, { roles, begun, bounds, nested, touched: unexplained }),
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

/**
 * Where descendants ran by the edges of their spans: from a start up to the tick that shows them, from their last tick up to the
 * end, and all of one that no tick fell into. Between two ticks nothing else tells whose work it was.
 */
function nestedIn(
  span: LedgerSpan,
  subtree: readonly LedgerSpan[],
  timeline: Timeline,
  roles: readonly Role[],
): readonly Pause[] {
  const { ticks } = timeline;
  const found: Pause[] = [];
  for (const each of subtree) {
    if (each === span || !onThread(each, span) || childKind(each) !== "internal") continue;
    const { start, end } = placeOnThread(each, timeline);
    const first = firstTick(ticks, start);
    const behind = firstTick(ticks, end);
    const isChild = (i: number): boolean => roles[ticks[i]?.label ?? -1] === "child";
    if (first === behind) found.push({ start, end });
    else {
      if (isChild(first)) found.push({ start, end: (ticks[first] as Tick).time });
      if (isChild(behind - 1)) found.push({ start: (ticks[behind - 1] as Tick).time, end });
    }
  }
  return union(found);
}

interface Known {
  readonly roles: readonly Role[];
  /** Of turns without a tick. */
  readonly begun: readonly Role[];
  readonly bounds: readonly (Placed | undefined)[];
  /** In order, apart from each other. */
  readonly nested: readonly Pause[];
  readonly touched: readonly Touch[];
}

function cut(placed: Placed, timeline: Timeline, { roles, begun, bounds, nested, touched }: Known): Run[] {
  const runs: Run[] = [];
  let at = placed.start;
  let next = 0;
  let inner = 0;
  const { segments } = timeline;
  const upTo = (end: number, segment: Segment | undefined, role: Role): void => {
    if (end <= at) return;
    runs.push({ start: at, end, segment, role });
    at = end;
  };
  for (let i = Math.max(0, segmentAt(timeline, placed.start)); i < segments.length; i++) {
    const segment = segments[i] as Segment;
    if (segment.start >= placed.end) break;
    upTo(segment.start, undefined, "other");
    const end = Math.min(segment.end, placed.end);
    if (end <= at) continue;
    let role: Role =
      segment.label < 0 ? "other" : ((segment.stack < 0 ? begun : roles)[segment.label] as Role);
    if (isAnonymous(segment)) {
      while (next < touched.length && (touched[next] as Touch).time < at) next++;
      const touch = touched[next];
      if (touch !== undefined && touch.time <= end) {
        if (!touch.ranBefore) upTo(touch.time, segment, role);
        role = "self";
      }
    } else if (role === "child") {
      // A tick's half gaps may reach over the edges of its span: there its parent ran.
      const own = bounds[segment.label];
      if (own !== undefined) {
        upTo(Math.min(own.start, end), segment, "self");
        upTo(Math.min(own.end, end), segment, role);
        role = "self";
      }
    }
    if (role === "self" && segment.kind === "js") {
      while (inner < nested.length && (nested[inner] as Pause).end <= at) inner++;
      for (let k = inner; (nested[k]?.start ?? end) < end; k++) {
        upTo((nested[k] as Pause).start, segment, role);
        upTo(Math.min((nested[k] as Pause).end, end), segment, "child");
      }
    }
    upTo(end, segment, role);
  }
  upTo(placed.end, undefined, "other");
  return runs;
}

/**
 * A start or end of a span of the subtree. A turn that no tick fell into, begun without a label (a socket's), is the
 * subtree's in so far: up to a child's start and the span's own end it ran, and from a child's end on.
 */
interface Touch {
  readonly time: number;
  readonly ranBefore: boolean;
}

function isAnonymous({ kind, label, stack }: Segment): boolean {
  return label === -1 && stack === -1 && (kind === "js" || kind === "runtime");
}
