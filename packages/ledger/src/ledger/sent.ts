import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { Awaited } from "./awaited.ts";
import type { Moment } from "./runs.ts";

/** A request that left at once is with the other side within this. */
const AT_ONCE_NANO = 2e6;
/** From leaving this thread to the start of the other side's span: accepting and parsing, on hosts near each other. */
const ON_ITS_WAY_NANO = 5e6;
/**
 * Or within this share of what it took since the client span began, where it is known that it did not wait for the other
 * side's thread: processors that are short take 10 ms to let that thread run. Had it left at once, it would have been on its
 * way for ten times as long.
 */
const ON_ITS_WAY_SHARE = 0.1;
const QUEUED_NANO = 10e6;
/** Clocks that are known worse cannot tell. */
const CLOCK_NANO = 2e6;
/** A span of the subtree may go on so much later than the moment that made it. */
export const SAME_NANO = 1e6;

/**
 * When requests left that did not leave at once. A client span begins before there is a connection; its request is written
 * when the loop comes round to the socket, in a macrotask of which often nothing is known: too short for the journal, and
 * without a label. But the other side's span began right behind it, and an idle loop writes nothing. So if the loop stopped
 * working shortly before that span began, the request left then, and whoever held the loop until then delayed it. If not,
 * it was under way or waited over there: nothing to say here.
 * The macrotask that wrote it is the last one of the subtree by then, if the journal lists any.
 * @param ran when else the subtree ran. Returns both, in order.
 */
export function withSent(ran: readonly Moment[], awaited: readonly Awaited[], timeline: Timeline): Moment[] {
  const moments = [...ran];
  for (const child of awaited) {
    const { start, remote } = child;
    if (remote === undefined || remote.error > CLOCK_NANO) continue;
    if (remote.start - start < AT_ONCE_NANO + remote.error) continue;
    // While it waits over there, when it left is not to be seen.
    if (remote.queued > QUEUED_NANO) continue;
    const way = Math.max(ON_ITS_WAY_NANO, remote.seen ? ON_ITS_WAY_SHARE * (remote.start - start) : 0);
    const earliest = Math.max(start + AT_ONCE_NANO, remote.start - way - remote.queued);
    const wrote = moments.findLastIndex(
      ({ resumed, time }) => resumed && time > earliest && time <= remote.start,
    );
    if (wrote >= 0) {
      moments[wrote] = { ...(moments[wrote] as Moment), sent: child };
      continue;
    }
    const segment = timeline.segments[segmentAt(timeline, remote.start)];
    if (segment === undefined || segment.kind === "lost" || segment.start <= earliest) continue;
    moments.push({ time: segment.start, resumed: true, sent: child });
  }
  return moments.sort((a, b) => a.time - b.time);
}
