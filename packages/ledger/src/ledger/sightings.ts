import type { Segment } from "../timeline/segment.ts";
import { State } from "../timeline/stream.ts";
import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import { childKind } from "./child-kind.ts";
import { onThread } from "./forest.ts";
import { placeOnThread, type Placed } from "./place.ts";
import { firstTick } from "./rows.ts";
import type { Role } from "./runs.ts";

/** Whose work it was, known from both of its ends. */
export interface Known {
  readonly start: number;
  readonly end: number;
  readonly role: Role;
}

/** What one instant shows of who ran before and behind it; undefined: nothing. */
interface Sighting {
  readonly time: number;
  readonly before: Role | undefined;
  readonly after: Role | undefined;
  /** The start or end of a span, which is known to half a millisecond. */
  readonly edge: boolean;
  /** The start of the span itself. */
  readonly first?: boolean;
}

/** Starts of spans are whole milliseconds. */
const NEAR_NANO = 500_000;

/** A turn of the journal, or busy time between two of them. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  /** Label the turn began with; undefined outside of the turns. */
  readonly turn: number | undefined;
}

/**
 * Whose work it was between two ticks. Within one turn nothing but the turn's own work runs, so two neighbours among its
 * ticks, what it began with, and the starts and ends of the subtree's spans that agree on the role have all between them. Behind the
 * last edge of a span, and before the first one, there is nobody to agree with: there the edge alone decides, within its turn.
 * A lost tick then changes nothing that the spans' own edges say. In order, apart from each other.
 */
export function knownRuns(
  span: LedgerSpan,
  placed: Placed,
  subtree: readonly LedgerSpan[],
  timeline: Timeline,
  { roles, begun }: { readonly roles: readonly Role[]; readonly begun: readonly Role[] },
): Known[] {
  const stretches = stretchesOf(placed, timeline);
  const edgesIn = new Map<Stretch, Sighting[]>();
  for (const edge of edgesOf(span, placed, subtree, timeline)) {
    const stretch = stretchOf(edge, stretches, begun);
    if (stretch === undefined) continue;
    const time = Math.min(Math.max(edge.time, stretch.start), stretch.end);
    const own = edgesIn.get(stretch) ?? [];
    edgesIn.set(stretch, own);
    own.push({ ...edge, time });
  }
  // Of the others the ticks alone have made the segments.
  return stretches.flatMap((stretch) => {
    const edges = edgesIn.get(stretch);
    return edges === undefined ? [] : within(stretch, edges, timeline, roles, begun);
  });
}

/**
 * The one at that time. Near the border of a turn the edge's clock allows the one beyond it, too: rather one that the subtree began
 * than one without a label, and never one that somebody else began. The span's own start belongs to a turn, if one is near.
 */
function stretchOf(
  { time, first = false }: Sighting,
  stretches: readonly Stretch[],
  begun: readonly Role[],
): Stretch | undefined {
  const off = ({ start, end }: Stretch): number => Math.max(start - time, time - end, 0);
  const inside = stretches.filter((stretch) => off(stretch) === 0);
  const turns = inside.filter(({ turn }) => turn !== undefined);
  const deep = turns.find(({ start, end }) => Math.min(time - start, end - time) >= NEAR_NANO);
  if (deep !== undefined) return deep;
  if (turns.length === 0 && !first) return inside[0];
  const near = stretches
    .filter((stretch) => stretch.turn !== undefined && off(stretch) <= NEAR_NANO)
    .sort((a, b) => off(a) - off(b));
  const role = ({ turn = -1 }: Stretch): Role | undefined => begun[turn];
  const ours = near.find((stretch) => role(stretch) === "self" || role(stretch) === "child");
  const open = (first ? near : turns).find((stretch) => role(stretch) === undefined);
  return ours ?? open ?? inside.find(({ turn }) => turn === undefined);
}

function within(
  stretch: Stretch,
  edges: readonly Sighting[],
  timeline: Timeline,
  roles: readonly Role[],
  begun: readonly Role[],
): Known[] {
  const { start, end, turn } = stretch;
  const ticks: Sighting[] = [];
  const blank: number[] = [];
  const label = turn ?? -1;
  if (label >= 0) {
    const role = begun[label];
    ticks.push({ time: start, before: undefined, after: role, edge: false });
  }
  for (let i = firstTick(timeline.ticks, start); i < timeline.ticks.length; i++) {
    const tick = timeline.ticks[i];
    if (tick === undefined || tick.time >= end) break;
    if (tick.state !== State.js && tick.state !== State.gc) continue;
    const role: Role = tick.label < 0 ? "other" : (roles[tick.label] as Role);
    if (tick.label >= 0 || turn === undefined) {
      ticks.push({ time: tick.time, before: role, after: role, edge: false });
    } else blank.push(tick.time);
  }
  const all = inOrder(ticks, edges);
  const found: Known[] = [];
  const add = (from: number, to: number, role: Role | undefined): void => {
    if (to > from && role !== undefined && role !== "other") found.push({ start: from, end: to, role });
  };
  const first = all[0] as Sighting;
  const last = all.at(-1) as Sighting;
  if (first.edge) {
    const from = reach(stretch, first.time, -1, timeline);
    if (!blank.some((time) => time < first.time)) add(from, first.time, first.before);
  }
  for (let i = 1; i < all.length; i++) {
    const a = all[i - 1] as Sighting;
    const b = all[i] as Sighting;
    if (!a.edge && !b.edge) continue;
    add(a.time, b.time, a.after === undefined ? b.before : agree(a.after, b.before));
  }
  if (last.edge) {
    const to = reach(stretch, last.time, 1, timeline);
    if (!blank.some((time) => time > last.time)) add(last.time, to, last.after);
  }
  return found;
}

function agree(a: Role, b: Role | undefined): Role | undefined {
  return b === undefined || a === b ? a : undefined;
}

/** How far an edge alone speaks: in its turn; outside of the turns only for what no tick shows. */
function reach({ start, end, turn }: Stretch, time: number, step: 1 | -1, timeline: Timeline): number {
  if (turn !== undefined) return step > 0 ? end : start;
  const segment = timeline.segments[segmentAt(timeline, step > 0 ? time : time - 1)];
  if (segment === undefined || !isAnonymous(segment)) return time;
  return step > 0 ? Math.min(segment.end, end) : Math.max(segment.start, start);
}

export function isAnonymous({ kind, label, stack }: Segment): boolean {
  return label === -1 && stack === -1 && (kind === "js" || kind === "runtime");
}

/**
 * By time, where an edge's clock allows: of two edges of one millisecond first the one that goes on with what ran, and a tick so
 * near to an edge lies on the side that it shows.
 */
function inOrder(ticks: readonly Sighting[], edges: readonly Sighting[]): Sighting[] {
  const left = [...ticks, ...edges].sort((a, b) => a.time - b.time);
  const ordered: Sighting[] = [];
  while (left.length > 0) {
    const now = ordered.at(-1)?.after;
    const first = left[0] as Sighting;
    let at = 0;
    if (now !== undefined && first.before !== undefined && first.before !== now) {
      for (let i = 1; i < left.length; i++) {
        const each = left[i] as Sighting;
        if (each.time > first.time + 2 * NEAR_NANO || !(each.edge || first.edge)) break;
        if (each.before !== now) continue;
        at = i;
        break;
      }
    }
    const [taken] = left.splice(at, 1) as [Sighting];
    // What was taken earlier than its time says is later by its clock's error.
    const time = Math.max(taken.edge && at > 0 ? first.time : taken.time, ordered.at(-1)?.time ?? 0);
    ordered.push({ ...taken, time });
  }
  return ordered;
}

/** Starts and ends of the spans of the subtree on this thread. */
function edgesOf(
  span: LedgerSpan,
  placed: Placed,
  subtree: readonly LedgerSpan[],
  timeline: Timeline,
): Sighting[] {
  const byId = new Map(subtree.map((each) => [each.spanId, each]));
  const roleOf = (each: LedgerSpan | undefined): Role => {
    let at = each;
    for (let hops = 0; at !== undefined && at !== span && hops < 16; hops++) {
      if (childKind(at) === "internal") return "child";
      at = byId.get(at.parentSpanId ?? "");
    }
    return at === span || at === undefined ? "self" : "child";
  };
  const edges: Sighting[] = [
    { time: placed.start, before: undefined, after: "self", edge: true, first: true },
    { time: placed.end, before: "self", after: undefined, edge: true },
  ];
  for (const each of subtree) {
    if (each === span || !onThread(each, span)) continue;
    const placedEach = placeOnThread(each, timeline);
    const parent = byId.get(each.parentSpanId ?? "");
    const around = roleOf(parent);
    const { start, end } = withinParent(
      placedEach,
      parent === undefined || !onThread(parent, span)
        ? undefined
        : parent === span
          ? placed
          : placeOnThread(parent, timeline),
    );
    const own = childKind(each) === "internal";
    if (start > placed.start && start < placed.end) {
      edges.push({ time: start, before: around, after: own ? "child" : around, edge: true });
    }
    if (end > placed.start && end < placed.end) {
      edges.push({ time: end, before: own ? "child" : undefined, after: around, edge: true });
    }
  }
  return edges.sort((a, b) => a.time - b.time);
}

/** A child that by whole milliseconds sticks out of its parent lies within it. */
function withinParent({ start, end }: Placed, parent: Placed | undefined): Pick<Placed, "start" | "end"> {
  if (parent === undefined) return { start, end };
  return {
    start: start < parent.start && start > parent.start - 2 * NEAR_NANO ? parent.start : start,
    end: end > parent.end && end < parent.end + 2 * NEAR_NANO ? parent.end - 1 : end,
  };
}

/** Turns of the journal, and the busy time between them, as far as they reach into the span. */
function stretchesOf({ start, end }: Placed, timeline: Timeline): Stretch[] {
  const { segments, turns } = timeline;
  const found: Stretch[] = [];
  for (const turn of turns) {
    if (turn.end > start && turn.start < end) found.push({ ...turn, turn: turn.label });
  }
  let next = 0;
  let from: number | undefined;
  const between: Stretch[] = [];
  const close = (until: number): void => {
    if (from !== undefined && until > from) between.push({ start: from, end: until, turn: undefined });
    from = undefined;
  };
  for (let i = Math.max(0, segmentAt(timeline, start)); i < segments.length; i++) {
    const segment = segments[i] as Segment;
    if (segment.start >= end) break;
    if (segment.kind === "idle" || segment.kind === "lost") {
      close(segment.start);
      continue;
    }
    let at = segment.start;
    for (; next < found.length && (found[next] as Stretch).start < segment.end; ) {
      const turn = found[next] as Stretch;
      if (turn.end <= at) {
        next++;
        continue;
      }
      if (turn.start > at) from ??= at;
      close(Math.max(turn.start, at));
      at = Math.min(turn.end, segment.end);
      if (turn.end > segment.end) break;
      next++;
    }
    if (at < segment.end) from ??= at;
  }
  close(Math.min(segments.at(-1)?.end ?? end, end));
  return [...found, ...between].sort((a, b) => a.start - b.start);
}
