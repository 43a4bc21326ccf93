import type { LedgerEvent, LedgerLabel, LedgerWindow } from "../types.ts";
import { isLow } from "./busy.ts";
import { carveGc, type Pause, pauseSum } from "./carve.ts";
import { fillGap } from "./fill.ts";
import { type Collection, splitTasks } from "./gc-task.ts";
import { busySide, type Gap, RUNTIME } from "./gap.ts";
import type { Beat } from "./program.ts";
import { beatsOf } from "./program.ts";
import type { Segment } from "./segment.ts";
import { NOBODY, SegmentList } from "./segment.ts";
import { awaitedIn, BLOCKED_SHARE, busyIn, carveStalls, rangeAt, type Stall, stallsOf } from "./run-delay.ts";
import type { Resume, Stretch, Tick, Turn } from "./stream.ts";
import { readStream } from "./stream.ts";

/** A window on the timeline's axis. */
export interface SampledStretch {
  readonly start: number;
  readonly end: number;
  readonly seq: number;
  readonly quiet: boolean;
  readonly journal: boolean;
  readonly expectedTicks: number;
  readonly takenTicks: number;
  /** The thread often had to share its processor. */
  readonly contended: boolean;
}

/** One thread, gapless. Times are whole ns since `originUnixNano`. */
export interface Timeline {
  readonly originUnixNano: bigint;
  readonly periodNano: number;
  readonly segments: readonly Segment[];
  readonly labels: readonly LedgerLabel[];
  readonly stacks: readonly string[];
  readonly turns: readonly Turn[];
  readonly resumes: readonly Resume[];
  readonly ticks: readonly Tick[];
  readonly stretches: readonly SampledStretch[];
  readonly gc: readonly Pause[];
  /** Time during which a probe waited for a thread of the pool. */
  readonly pool: readonly Pause[];
}

/** Windows this near belong together: the agent cuts them from one stream, both marks are the same instant. */
const SEAM_NANO = 100e6;
/** What lies this far outside cannot matter to what lies within. */
const MARGIN_NANO = 1e9;
/** A job that waits less than this found a free thread. */
const POOL_BUSY_NANO = 1e6;

/** Unix ns. */
export interface UnixRange {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * @param windows of one thread, all parts, in any order; those one window before and behind the span make its edges exact.
 * @param events collections and pool probes of that thread, in any order.
 * @param within segments are made of this stretch and a second around it; default: of all. A window is ten seconds of which a
 * span mostly needs less than one.
 */
export function buildTimeline(
  windows: readonly LedgerWindow[],
  events: readonly LedgerEvent[] = [],
  within?: UnixRange,
): Timeline {
  const stream = readStream(windows);
  const { originUnixNano, periodNano } = stream;
  const pauses = (wanted: (kind: LedgerEvent["kind"]) => boolean, least: number): Collection[] =>
    events
      .filter(({ kind, durationNano }) => wanted(kind) && durationNano >= least)
      .map(({ kind, startUnixNano, durationNano }) => {
        const start = Number(startUnixNano - originUnixNano);
        return { start, end: start + Math.round(durationNano), major: kind !== "gc_minor" };
      })
      .sort((a, b) => a.start - b.start);
  const gc = pauses((kind) => kind !== "pool", 1);
  const stretches = stream.stretches.map((stretch) => ({
    ...stretch,
    turns: splitTasks(stretch.turns, gc, stretch.ticks),
  }));
  const first = stretches[0];
  const pool = pauses((kind) => kind === "pool", POOL_BUSY_NANO);
  let from = within === undefined ? -Infinity : Number(within.from - originUnixNano) - MARGIN_NANO;
  const to = within === undefined ? Infinity : Number(within.to - originUnixNano) + MARGIN_NANO;
  // When a probe returned is read off what the loop did since it was sent.
  for (const probe of pool) if (probe.end > from) from = Math.min(from, probe.start);
  const list = new SegmentList(Math.max(first?.start ?? 0, startOfGap(stretches, from)));
  const sampled: SampledStretch[] = [];
  const stalls: Stall[] = [];
  let previous: Previous | undefined;
  for (const stretch of stretches) {
    const joined =
      previous !== undefined &&
      previous.stretch.seq + 1 === stretch.seq &&
      stretch.start - previous.stretch.end < SEAM_NANO;
    if (previous !== undefined && !joined && stretch.start <= to) list.to(stretch.start, "lost", NOBODY);
    previous = addStretch(list, stretch, periodNano, pauseSum(gc), joined ? previous : undefined, to);
    const { start, end, seq, quiet, journal, expectedTicks, takenTicks } = stretch;
    const { contended } = previous;
    stalls.push(...previous.stalls);
    sampled.push({ start, end, seq, quiet, journal, expectedTicks, takenTicks, contended });
  }
  return {
    originUnixNano,
    periodNano,
    segments: carveGc(carveStalls(list.segments, stalls), gc),
    labels: stream.labels,
    stacks: stream.stacks,
    turns: stretches.flatMap((stretch) => stretch.turns),
    resumes: stretches.flatMap((stretch) => stretch.resumes),
    ticks: stretches.flatMap((stretch) => stretch.ticks),
    stretches: sampled,
    gc,
    pool,
  };
}

/** Where the gap between two ticks begins in which that time lies. */
function startOfGap(stretches: readonly Stretch[], time: number): number {
  const stretch = stretches.findLast(({ start }) => start <= time);
  if (stretch === undefined) return -Infinity;
  let at = stretch.start;
  for (const tick of stretch.ticks) {
    if (tick.time > time) break;
    at = tick.time;
  }
  return at;
}

interface Previous {
  readonly stretch: Stretch;
  readonly contended: boolean;
  readonly last: Beat | undefined;
  readonly lastLow: boolean;
  readonly stalls: readonly Stall[];
}

function addStretch(
  list: SegmentList,
  stretch: Stretch,
  periodNano: number,
  gcIn: Gap["gcIn"],
  previous: Previous | undefined,
  to: number,
): Previous {
  const beats = beatsOf(stretch.ticks, stretch.start, periodNano, stretch);
  const { length } = beats;
  const timeOf = (i: number): number => (i < 0 ? stretch.start : (beats[i] as Beat).time);
  const low = new Uint8Array(length + 2);
  const turns = stretch.journal ? stretch.turns : [];
  let at = 0;
  for (let i = 0; i < length; i++) {
    const beat = beats[i] as Beat;
    const before = beats[i - 1];
    const [start, end] = [timeOf(i - 1), timeOf(i)];
    while (at < turns.length && (turns[at] as Turn).end <= start) at++;
    // The tick of a waking may be lost: the sleep before it is no call that blocks.
    const gap = busyIn(turns, at, start, end) || end - start;
    if (beat.kind === "js" && before?.kind === "js" && !beat.gc && !before.gc && same(beat, before)) {
      // Where the kernel tells of starved threads, what is left for calls that block is those that use none at all.
      const most = stretch.runDelays === undefined ? undefined : BLOCKED_SHARE;
      low[i] = isLow(gap, beat.cpu, periodNano, most) ? 1 : 0;
    }
  }
  const contended = isContended(beats, periodNano, gcIn);
  const { runDelays } = stretch;
  const stalls = runDelays && stallsOf(runDelays, stretch.turns, beats, stretch.start, periodNano, gcIn);
  const parts = stalls?.flatMap((stall) => stall.parts);
  const stalled = parts && ((time: number) => rangeAt(parts, time)?.share ?? 0);
  const awaited = (start: number, end: number): number => awaitedIn(stalls ?? [], start, end);
  const blocks = blockingStacks(beats, low, periodNano);
  let turn = 0;
  for (let i = 0; i < length; i++) {
    const start = timeOf(i - 1);
    const end = timeOf(i);
    if (end <= list.end) continue;
    if (start > to) break;
    if (stretch.holes.has(i)) {
      list.to(end, "lost", NOBODY);
      continue;
    }
    const right = beats[i] as Beat;
    const left = i > 0 ? beats[i - 1] : previous?.last;
    let turns: Turn[] | undefined;
    if (stretch.journal) {
      while (turn < stretch.turns.length && (stretch.turns[turn] as Turn).end <= start) turn++;
      turns = [];
      for (let k = turn; k < stretch.turns.length && (stretch.turns[k] as Turn).start < end; k++) {
        turns.push(stretch.turns[k] as Turn);
      }
    }
    let next = turn;
    while (next < stretch.turns.length && (stretch.turns[next] as Turn).start < end) next++;
    const nextGap = i + 1 < length ? timeOf(i + 1) - end : periodNano;
    fillGap(list, {
      start,
      end,
      cpu: Math.min(right.cpu, end - start),
      left,
      right,
      leftLow: i > 0 ? low[i - 1] === 1 : (previous?.lastLow ?? false),
      rightLow: low[i + 1] === 1,
      woke:
        left === undefined ||
        (i > 0 && left.kind === "idle" && left.cpu < 0.5 * (timeOf(i - 1) - timeOf(i - 2))),
      late: end - start > 1.15 * periodNano && nextGap < 0.85 * periodNano,
      quiet: stretch.quiet,
      throttled: stretch.throttled,
      contended,
      gcIn,
      turns,
      next: stretch.journal ? stretch.turns[next] : undefined,
      resumes: stretch.resumes,
      stalled,
      awaited,
      blocks,
      periodNano,
    });
  }
  const lastLow = low[length - 1] === 1;
  if (timeOf(length - 1) <= to)
    addTail(list, stretch, periodNano, beats.at(-1), {
      contended,
      gcIn,
      stalled,
      awaited,
      blocks,
      leftLow: lastLow,
    });
  return { stretch, contended, last: beats.at(-1), lastLow, stalls: stalls ?? [] };
}

/**
 * From the last tick to the window's end, where the agent's own turn stands that takes the window. Its CPU is unknown: it
 * comes with no tick.
 */
function addTail(
  list: SegmentList,
  stretch: Stretch,
  periodNano: number,
  last: Beat | undefined,
  known: Pick<Gap, "contended" | "gcIn" | "stalled" | "awaited" | "blocks" | "leftLow">,
): void {
  const start = Math.max(last?.time ?? stretch.start, list.end);
  const { end } = stretch;
  if (end <= start) return;
  if (stretch.holes.has(stretch.ticks.length)) {
    list.to(end, "lost", NOBODY);
    return;
  }
  const length = end - start;
  const side = busySide(last, false) ?? RUNTIME;
  const turns = stretch.journal ? stretch.turns.filter((turn) => turn.end > start && turn.start < end) : [];
  const firstTurn = turns[0];
  if (length <= 1.25 * periodNano && firstTurn === undefined) list.to(end, side.kind, side.owner);
  else if (firstTurn === undefined) {
    list.to(start + Math.min(length, periodNano / 2), side.kind, side.owner);
    list.to(end, stretch.quiet ? "idle" : "lost", NOBODY, periodNano / 2);
  } else {
    // A call that blocks where the last tick fell used none until it returned.
    const busy = turns.reduce((sum, turn) => {
      const blocked = known.leftLow && turn.start <= start;
      return blocked ? sum : sum + Math.min(turn.end, end) - Math.max(turn.start, start);
    }, 0);
    const until = Math.min(turns.at(-1)?.end ?? end, end);
    fillGap(list, {
      start,
      end: until,
      cpu: Math.min(busy, until - start),
      ...known,
      left: last,
      right: undefined,
      rightLow: false,
      woke: false,
      late: false,
      quiet: stretch.quiet,
      throttled: false,
      turns,
      next: undefined,
      resumes: stretch.resumes,
      periodNano,
    });
  }
  // Taking the sampler's profile, 1.5–22 ms, is the end of the window.
  list.to(Math.max(list.end, end - 1.25 * periodNano), "idle", NOBODY);
  list.to(end, "runtime", NOBODY);
}

/** Between two ticks of one stack there was work all along, most likely: how often did it get less than its time in CPU? */
function isContended(beats: readonly Beat[], periodNano: number, gcIn: Gap["gcIn"]): boolean {
  let all = 0;
  let shared = 0;
  for (let i = 1; i < beats.length; i++) {
    const [before, beat] = [beats[i - 1] as Beat, beats[i] as Beat];
    const gap = beat.time - before.time;
    if (before.kind !== "js" || beat.kind !== "js" || gap < 0.5 * periodNano || !same(before, beat)) continue;
    if (gcIn(before.time, beat.time) > 0) continue;
    all++;
    if (beat.cpu > 0.3 * gap && beat.cpu < 0.93 * gap) shared++;
  }
  return shared > 0.1 * all;
}

/** Stacks under which ticks kept coming while next to no CPU was used, a period or more: calls block there. */
function blockingStacks(
  beats: readonly Beat[],
  low: Uint8Array,
  periodNano: number,
): (stack: number) => boolean {
  const stacks = new Set<number>();
  for (let i = 1; i < beats.length; i++) {
    const beat = beats[i] as Beat;
    const gap = beat.time - (beats[i - 1] as Beat).time;
    if (low[i] === 1 && gap < 1.5 * periodNano && beat.cpu < 0.03 * gap) stacks.add(beat.owner.stack);
  }
  return (stack) => stacks.has(stack);
}

function same(a: Beat, b: Beat): boolean {
  return a.owner.label === b.owner.label && a.owner.stack === b.owner.stack;
}

/** Index of the segment at `time`; -1 before the first, `segments.length` behind the last. */
export function segmentAt({ segments }: Timeline, time: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle] as Segment).end <= time) low = middle + 1;
    else high = middle;
  }
  return low === 0 && segments.length > 0 && time < (segments[0] as Segment).start ? -1 : low;
}
