import type { LedgerContext } from "../context.ts";
import type { Segment } from "../timeline/segment.ts";
import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import type { Piece } from "./piece.ts";
import { placeOnThread } from "./place.ts";
import { DOZE_SHARE, SLEEP_NANO } from "./ready.ts";

/** Reading and parsing the request itself takes no longer. */
const ACCEPT_NANO = 1e6;
/** A thread that waits for its processor looks asleep, for a time slice of the others. */
const LONG_SLEEP_NANO = 5e6;

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
  let slept = 0;
  /** Pieces, from the last one on, of which the loop slept too little to prove that no request was there. */
  let queued = 0;
  for (let i = Math.min(segmentAt(timeline, start - 1), timeline.segments.length - 1); i >= 0; i--) {
    const segment = timeline.segments[i];
    if (segment === undefined || segment.kind === "lost" || at <= start - most) break;
    const from = Math.max(segment.start, start - most);
    if (segment.kind === "idle") {
      if (at - from > LONG_SLEEP_NANO) break;
      slept += at - from >= SLEEP_NANO ? at - from : 0;
    }
    pieces.push({ start: from, end: at, ...classOf(segment), segment, edge: segment.edge });
    at = from;
    if (segment.kind !== "idle" && slept <= DOZE_SHARE * (start - at)) queued = pieces.length;
  }
  const found = pieces.slice(0, queued).reverse();
  return start - (found[0]?.start ?? start) > ACCEPT_NANO ? found : [];
}

function classOf({ kind, label, stack }: Segment): Pick<Piece, "class" | "part"> {
  if (kind === "idle") return { class: "wait.child", part: "network" };
  return { class: kind === "stalled" && label < 0 && stack < 0 ? "stalled" : "loop.held" };
}

/** The same as a length, ns; 0 also when its thread was not sampled. */
export function queuedNano(server: LedgerSpan, context: LedgerContext, most: number): number {
  if (server.kind !== "server" || server.instance === null || server.thread === null) return 0;
  const timeline = context.timelineOf(server.instance, server.thread);
  if (timeline === undefined) return 0;
  return queuedBefore(server, timeline, most).reduce((sum, { start, end }) => sum + end - start, 0);
}
