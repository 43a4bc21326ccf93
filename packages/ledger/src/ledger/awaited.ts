import type { LedgerContext } from "../context.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { ChildKind, LedgerSpan } from "../types.ts";
import { childKind } from "./child-kind.ts";
import { forestOf, onThread } from "./forest.ts";
import { queuedNano } from "./queue.ts";
import { place, placeOnThread, type Placed } from "./place.ts";

/** Something remote that is open while the span waits. */
export interface Awaited extends Placed {
  readonly span: LedgerSpan;
  readonly kind: ChildKind;
  readonly remote: Remote | undefined;
  /** When the answer is usually there, counted from `start`; undefined: unknown. */
  readonly typical: number | undefined;
}

/** The span of the other side on this axis. */
export interface Remote extends Placed {
  /** ± of its position. */
  readonly error: number;
  /** ns before its start for which the request waited there, behind other work of that thread. */
  readonly queued: number;
  /** Its thread was sampled: `queued` 0 means that it did not wait. */
  readonly seen: boolean;
}

/** A child that ends this much later than its parent was not waited for. */
const OUTLIVES_NANO = 2e6;

/**
 * Only leaf descendants that wait remotely count: frameworks keep INTERNAL children open all the time. A leaf here is a span
 * of this thread without children on it; a descendant that runs in another thread or process is one too, unless it consumes
 * a message, which nobody waits for. A client span waits for its own other side. Whoever outlives the span was not awaited.
 */
export function awaitedBy(span: LedgerSpan, timeline: Timeline, context: LedgerContext): Awaited[] {
  const forest = forestOf(context.spans);
  const end = place(span, timeline.originUnixNano).end + OUTLIVES_NANO;
  const found: Awaited[] = [];
  for (const each of forest.subtree(span)) {
    const kind = childKind(each);
    if (onThread(each, span)) {
      if (kind === "internal") continue;
      const children = forest.childrenOf(each);
      if (children.some((child) => onThread(child, span) && childKind(child) !== "internal")) continue;
      const other = children.find((child) => !onThread(child, span) && child.kind !== "consumer");
      const placed = placeOnThread(each, timeline);
      if (each !== span && placed.end > end) continue;
      found.push({
        ...placed,
        span: each,
        kind,
        remote: other === undefined ? undefined : remoteOf(each, other, timeline, context),
        typical: context.typicalNano?.(each),
      });
      continue;
    }
    const parent = forest.parentOf(each);
    // Behind a client span: its other side, counted there.
    if (parent === undefined || !onThread(parent, span) || childKind(parent) !== "internal") continue;
    if (each.kind === "consumer") continue;
    const remote = remoteOf(parent, each, timeline, context);
    const placed = remote ?? place(each, timeline.originUnixNano);
    if (placed.end > end) continue;
    const { start, end: until, bias } = placed;
    found.push({ start, end: until, bias, span: each, kind: "rpc", remote, typical: undefined });
  }
  return found.sort((a, b) => a.start - b.start);
}

function remoteOf(
  client: LedgerSpan,
  server: LedgerSpan,
  timeline: Timeline,
  context: LedgerContext,
): Remote | undefined {
  const same = client.instance !== null && client.instance === server.instance;
  const skew = same ? { offset: 0, low: 0, high: 0 } : context.skewOf?.(client, server);
  if (skew === undefined) return undefined;
  const { start, end, bias } = place(server, timeline.originUnixNano);
  const offset = Math.round(skew.offset);
  return {
    start: start - offset,
    end: end - offset,
    bias,
    queued: queuedNano(server, context, start - offset - place(client, timeline.originUnixNano).start),
    seen:
      server.instance !== null &&
      server.thread !== null &&
      context.timelineOf(server.instance, server.thread) !== undefined,
    error: bias + Math.max(skew.high - skew.offset, skew.offset - skew.low, 0),
  };
}
