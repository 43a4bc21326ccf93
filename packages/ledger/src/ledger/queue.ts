import type { LedgerContext } from "../context.ts";
import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import type { Piece } from "./piece.ts";
import { placeOnThread } from "./place.ts";
import { SLEEP_NANO } from "./ready.ts";

/** Reading and parsing the request itself takes no longer. */
const ACCEPT_NANO = 1e6;

/**
 * What the thread of a server span did right before the span began, back to when its loop last slept: a request that arrives
 * meanwhile waits in the kernel, where no span shows it. Pieces touch, up to the span's start, on that thread's axis; none
 * when that is no longer than taking a request takes.
 * @param most ns: the request is not older than that.
 */
export function queuedBefore(server: LedgerSpan, timeline: Timeline, most: number): Piece[] {
  const { start } = placeOnThread(server, timeline);
  const pieces: Piece[] = [];
  let at = start;
  for (let i = Math.min(segmentAt(timeline, start - 1), timeline.segments.length - 1); i >= 0; i--) {
    const segment = timeline.segments[i];
    if (segment === undefined || segment.kind === "lost" || at <= start - most) break;
    if (segment.kind === "idle" && segment.end - segment.start >= SLEEP_NANO) break;
    const from = Math.max(segment.start, start - most);
    const held = segment.kind !== "stalled" || segment.label >= 0 || segment.stack >= 0;
    pieces.push({ start: from, end: at, class: held ? "loop.held" : "stalled", segment, edge: segment.edge });
    at = from;
  }
  return start - at > ACCEPT_NANO ? pieces.reverse() : [];
}

/** The same as a length, ns; 0 also when its thread was not sampled. */
export function queuedNano(server: LedgerSpan, context: LedgerContext, most: number): number {
  if (server.kind !== "server" || server.instance === null || server.thread === null) return 0;
  const timeline = context.timelineOf(server.instance, server.thread);
  if (timeline === undefined) return 0;
  return queuedBefore(server, timeline, most).reduce((sum, { start, end }) => sum + end - start, 0);
}
