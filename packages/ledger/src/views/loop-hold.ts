import type { Segment } from "../timeline/segment.ts";
import type { Resume } from "../timeline/stream.ts";
import { buildTimeline, type Timeline } from "../timeline/timeline.ts";
import type { LedgerEvent, LedgerWindow, LoopHold } from "../types.ts";

/**
 * Node's counterpart of a mutex profile: the holder's stack × how long others were delayed by it. From the journal alone,
 * so it also counts requests nobody traced: whoever resumes behind a long turn before the loop slept had been waiting for at
 * most all that ran since then. As in a ledger that does not know when the awaited thing was ready, that is the estimate.
 * @param windows of one thread; without a journal there is no answer.
 * @param stepNano holds are told apart by steps of this length; undefined: summed over all time.
 */
export function loopHold(
  windows: readonly LedgerWindow[],
  events: readonly LedgerEvent[] = [],
  stepNano?: number,
): LoopHold[] {
  const timeline = buildTimeline(windows, events);
  const holds = new Map<string, { -readonly [K in keyof LoopHold]: LoopHold[K] }>();
  const { resumes, segments } = timeline;
  let next = 0;
  let i = 0;
  while (i < segments.length && next < resumes.length) {
    if (sleeps(segments[i] as Segment)) {
      i++;
      continue;
    }
    // One busy period: from sleep to sleep.
    let j = i;
    while (j < segments.length && !sleeps(segments[j] as Segment)) j++;
    const busy = segments.slice(i, j);
    const end = (busy.at(-1) as Segment).end;
    const resumed = new Map<string, number>();
    while (next < resumes.length && (resumes[next] as Resume).time < (busy[0] as Segment).start) next++;
    for (; next < resumes.length && (resumes[next] as Resume).time < end; next++) {
      const { time, label } = resumes[next] as Resume;
      const waiter = ownerOf(timeline, label);
      if (waiter === undefined) continue;
      const since = resumed.get(waiter) ?? (busy[0] as Segment).start;
      resumed.set(waiter, time);
      for (const segment of busy) {
        if (segment.end <= since || segment.start >= time) continue;
        if (ownerOf(timeline, segment.label) === waiter) continue;
        const [from, to] = [Math.max(segment.start, since), Math.min(segment.end, time)];
        add(holds, timeline, segment, from, to, stepNano);
      }
    }
    i = j;
  }
  return [...holds.values()].sort((a, b) => b.nano - a.nano);
}

function sleeps({ kind }: Segment): boolean {
  return kind === "idle" || kind === "lost";
}

/** A request: its trace, or its endpoint where it was not sampled. */
function ownerOf({ labels }: Timeline, label: number): string | undefined {
  const found = labels[label];
  if (found === undefined) return undefined;
  return found.traceId === "" ? `${found.endpoint}#${label}` : found.traceId;
}

function add(
  holds: Map<string, { -readonly [K in keyof LoopHold]: LoopHold[K] }>,
  { labels, stacks, originUnixNano }: Timeline,
  { kind, label, stack }: Segment,
  from: number,
  to: number,
  stepNano: number | undefined,
): void {
  if (kind === "stalled" || kind === "runtime" || stack < 0) return;
  const { endpoint = "", traceId = "", spanId = "" } = labels[label] ?? {};
  const id = stacks[stack] as string;
  let at = from;
  let delayed = 1;
  while (at < to) {
    const step = stepNano === undefined ? 0 : Number((originUnixNano + BigInt(at)) / BigInt(stepNano));
    const next =
      stepNano === undefined ? to : Number((BigInt(step) + 1n) * BigInt(stepNano) - originUnixNano);
    const nano = Math.min(to, next) - at;
    const key = `${step}/${id}/${traceId}/${spanId}/${endpoint}`;
    const hold = holds.get(key);
    if (hold === undefined) holds.set(key, { step, stack: id, endpoint, traceId, spanId, nano, delayed });
    else {
      hold.nano += nano;
      hold.delayed += delayed;
    }
    at += nano;
    // Of one that reaches over several steps only the first counts whom it delayed.
    delayed = 0;
  }
}
