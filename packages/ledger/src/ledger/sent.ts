import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { Awaited } from "./awaited.ts";
import type { Moment } from "./runs.ts";

/** A request that left at once is with the other side within this. */
const AT_ONCE_NANO = 2e6;
/** From leaving this thread to the start of the other side's span: accepting and parsing, on hosts near each other. */
const ON_ITS_WAY_NANO = 5e6;
/** Clocks that are known worse cannot tell. */
const CLOCK_NANO = 2e6;

/**
 * When requests left that did not leave at once. A client span begins before there is a connection; its request is written
 * when the loop comes round to the socket, in a macrotask of which often nothing is known: too short for the journal, and
 * without a label. But the other side's span began right behind it, and an idle loop writes nothing. So if the loop stopped
 * working shortly before that span began, the request left then, and whoever held the loop until then delayed it. If not,
 * it was under way or waited over there: nothing to say here.
 */
export function sentMoments(awaited: readonly Awaited[], timeline: Timeline): Moment[] {
  const moments: Moment[] = [];
  for (const { start, remote } of awaited) {
    if (remote === undefined || remote.error > CLOCK_NANO) continue;
    if (remote.start - start < AT_ONCE_NANO + remote.error) continue;
    const segment = timeline.segments[segmentAt(timeline, remote.start)];
    if (segment === undefined || segment.kind === "lost") continue;
    const time = segment.start;
    if (time <= start + AT_ONCE_NANO || remote.start - time > ON_ITS_WAY_NANO) continue;
    moments.push({ time, resumed: true, ready: start });
  }
  return moments;
}
