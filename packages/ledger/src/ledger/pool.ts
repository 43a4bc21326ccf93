import type { Pause } from "../timeline/carve.ts";
import type { Segment } from "../timeline/segment.ts";
import { segmentAt, type Timeline } from "../timeline/timeline.ts";
import type { Wait } from "./ready.ts";

/** A probe may wait this long because its thread got no processor at once; half as long, if a job of the pool ended the wait. */
const POOL_SHORT_NANO = 50e6;
/** Jobs that were queued together leave the queue this near. */
const POOL_NEAR_NANO = 5e6;
/** The next probe follows within this; what nobody probed for so long, between two that waited, was the same. */
const POOL_SEAM_NANO = 120e6;
/** `Resume.source` */
const POOL = 3;
/** The edges of the loop's sleep and a probe's own reading of it differ by less than this. */
const CLOCK_NANO = 1e6;

/**
 * When libuv's pool was saturated. A probe queues right behind the span's jobs, or within 120 ms, so what it waits they do; what
 * lies between is bridged. Spent mostly beside probes that waited, a wait was for the pool from its beginning on. One that
 * something else is known to have ended was not for the pool. Without a journal a probe a second has to do: a wait that ended
 * with the probe's was all for the pool.
 */
export function poolWaits({ start, end, resume }: Wait, timeline: Timeline): readonly Pause[] {
  if (resume !== undefined && resume.source !== 0 && resume.source !== POOL) return [];
  const short = resume?.source === POOL ? POOL_SHORT_NANO / 2 : POOL_SHORT_NANO;
  const least = Math.min(short, (end - start) / 2);
  const found: { start: number; end: number }[] = [];
  let covered = 0;
  let at = start;
  const probes = probesOf(timeline);
  for (let i = firstAfter(probes, start); i < probes.length; i++) {
    const probe = probes[i] as Pause;
    if (probe.start >= end) break;
    const from = Math.max(probe.start, start);
    const to = Math.min(probe.end, end);
    if (to - from < least) continue;
    covered += to - Math.max(from, at);
    const last = found.at(-1);
    const bridged = from - at < Math.min(POOL_SEAM_NANO, to - from);
    if (last !== undefined && bridged) last.end = to;
    else found.push({ start: last === undefined && bridged ? start : from, end: to });
    at = to;
  }
  const last = found.at(-1);
  if (last === undefined) return found;
  const near = Math.max(POOL_NEAR_NANO, 0.05 * (end - start));
  const sparse = !timeline.stretches.some(({ journal }) => journal);
  if (covered > (end - start) / 2 || (sparse && end - last.end < near)) return [{ start, end }];
  if (end - last.end < POOL_NEAR_NANO) last.end = end;
  return found;
}

const known = new WeakMap<Timeline, readonly Pause[]>();

/** From when a probe was sent to when it returned. */
function probesOf(timeline: Timeline): readonly Pause[] {
  let probes = known.get(timeline);
  if (probes === undefined) {
    probes = timeline.pool.map((pause) => ({ start: pause.start, end: probeEnd(pause, timeline) }));
    known.set(timeline, probes);
  }
  return probes;
}

function firstAfter(probes: readonly Pause[], time: number): number {
  let low = 0;
  let high = probes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((probes[middle] as Pause).end <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a probe waited leaves out the time in which the loop was busy: it returned when the loop had slept for so long. */
function probeEnd({ start, end }: Pause, timeline: Timeline): number {
  const { segments, stretches } = timeline;
  if (!stretches.some(({ quiet }) => quiet)) return end;
  // Before the first segment nothing is known of the loop.
  let left = end - Math.max(start, segments[0]?.start ?? start);
  for (let i = Math.max(0, segmentAt(timeline, start)); i < segments.length; i++) {
    const segment = segments[i] as Segment;
    if (segment.kind !== "idle" && segment.kind !== "lost") continue;
    const from = Math.max(segment.start, start);
    if (segment.end - from > left - CLOCK_NANO) return Math.min(from + left, segment.end);
    left -= segment.end - from;
  }
  return end;
}
