import type { BusyPiece, Side } from "./busy.ts";
import { fillBusy, isLow, side } from "./busy.ts";
import type { Beat } from "./program.ts";
import type { SegmentList } from "./segment.ts";
import { NOBODY } from "./segment.ts";
import type { Turn } from "./stream.ts";

/** The time between two ticks. */
export interface Gap {
  readonly start: number;
  readonly end: number;
  /** ns of CPU used in it. */
  readonly cpu: number;
  /** The tick at its start and end; undefined at the edge of what was sampled. */
  readonly left: Beat | undefined;
  readonly right: Beat | undefined;
  /** The gap before the left tick, and the one behind the right tick, used next to no CPU under the same stack. */
  readonly leftLow: boolean;
  readonly rightLow: boolean;
  /** The loop slept in the gap before: the left idle tick was its waking. */
  readonly woke: boolean;
  readonly late: boolean;
  readonly quiet: boolean;
  readonly throttled: boolean;
  readonly contended: boolean;
  /** ns of collections between two times. */
  readonly gcIn: (start: number, end: number) => number;
  /** Turns of the journal that reach into it; undefined without a journal. */
  readonly turns: readonly Turn[] | undefined;
  readonly periodNano: number;
}

/** Shorter stretches between turns are rounding and short macrotasks, no proof of sleep. */
const SLIVER_NANO = 250_000;

/** A wake tick and the turn it begins may be this far on the wrong side of each other. */
const EDGE_NANO = 100_000;
/** Native work on the way from one turn to the next, or from a waking to the first, is no longer than this. */
const AWAKE_NANO = 2e6;
/** Of a turn that an idle tick shows in its poll phase, the part that its first callback gets. */
const POLLED_NANO = 1e6;

export const RUNTIME: Side = side("runtime", NOBODY);

export function fillGap(list: SegmentList, gap: Gap): void {
  if (gap.end <= gap.start) return;
  if (gap.turns !== undefined) fillWithTurns(list, gap, gap.turns);
  else if (gap.right?.kind === "idle") fillToIdle(list, gap);
  else fillToBusy(list, gap);
}

export function busySide(beat: Beat | undefined, low: boolean): Side | undefined {
  return beat === undefined || beat.kind === "idle" ? undefined : side(beat.kind, beat.owner, low);
}

function piece(gap: Gap, rest: Partial<BusyPiece>): BusyPiece {
  const { start = gap.start, end = gap.end } = rest;
  return {
    start,
    end,
    gc: gap.gcIn(start, end),
    contended: gap.contended,
    cpu: gap.cpu,
    left: busySide(gap.left, gap.leftLow),
    right: busySide(gap.right, gap.rightLow),
    fallback: RUNTIME,
    sure: false,
    late: gap.late,
    throttled: gap.throttled,
    periodNano: gap.periodNano,
    edge: 0,
    ...rest,
  };
}

/**
 * Turns of the journal are exact: within one the thread did not sleep, so time without CPU in it is blocked or stalled;
 * outside of them it slept, less the CPU that short macrotasks used. The ticks say what ran inside a turn; an idle one says
 * that the loop was in its poll phase, on CPU behind what the turn began with.
 */
function fillWithTurns(list: SegmentList, gap: Gap, turns: readonly Turn[]): void {
  const { start, end, cpu, left, right, periodNano } = gap;
  const pieces: { start: number; end: number; turn: Turn }[] = [];
  let busy = 0;
  let at = start;
  for (const [i, turn] of turns.entries()) {
    let from = Math.max(turn.start, at);
    let to = Math.min(turn.end, end);
    if (from - at < SLIVER_NANO) from = at;
    if (end - to < SLIVER_NANO && right?.kind !== "idle" && i === turns.length - 1) to = end;
    const held = left !== undefined && left.kind !== "idle" && turn.start <= start;
    // A turn is listed as one piece, yet the loop may have slept in it unseen (a callback without a hook). The sampler saw
    // it: so much time without a tick and without CPU is sleep.
    if (right?.kind === "idle" && !held && to - from > 1.5 * periodNano && cpu < 0.5 * (to - from)) {
      to = Math.min(to, from + Math.max(0, cpu - busy));
    }
    if (to <= from) continue;
    pieces.push({ start: from, end: to, turn });
    busy += to - from;
    at = to;
  }
  const ran = Math.min(cpu, busy);
  const between = pieces.map((each, i) => each.start - (pieces[i - 1]?.end ?? start));
  between.push(end - at);
  const awake = spread(Math.max(0, cpu - busy), between);
  at = start;
  for (const [i, { start: from, end: to, turn }] of pieces.entries()) {
    fillRest(list, gap, at, from, awake[i] as number);
    const before = turn.start <= start && from === start;
    const behind = to === end;
    const polled = behind && right?.kind === "idle" && turn.end > end && cpu > 0.8 * (end - start);
    const began = side("js", { label: turn.label, stack: -1 });
    // A tick in the poll phase hits long ones: what the turn began with was short then.
    if (polled && (!before || gap.woke)) list.to(Math.min(from + POLLED_NANO, to), began.kind, began.owner);
    fillBusy(
      list,
      piece(gap, {
        start: Math.max(from, list.end),
        end: to,
        cpu: busy > 0 ? (ran * (to - from)) / busy : 0,
        left: before
          ? (busySide(left, gap.leftLow) ??
            (left !== undefined && !gap.woke && turn.start < start - EDGE_NANO ? RUNTIME : undefined))
          : undefined,
        right: behind ? (busySide(right, gap.rightLow) ?? (polled ? RUNTIME : undefined)) : undefined,
        fallback: began,
        sure: true,
      }),
    );
    at = to;
  }
  fillRest(list, gap, at, end, awake.at(-1) as number);
}

/**
 * CPU that no turn explains, over the stretches between the turns: first to the short ones, where the loop came from one
 * macrotask to the next by way of sockets and parsers, then to the others by their length.
 */
function spread(cpu: number, lengths: readonly number[]): number[] {
  const given = lengths.map(() => 0);
  let left = cpu;
  for (const [i, length] of lengths.entries()) {
    if (length >= AWAKE_NANO) continue;
    given[i] = Math.min(left, length);
    left -= given[i] as number;
  }
  const long = lengths.reduce((sum, length) => sum + (length < AWAKE_NANO ? 0 : length), 0);
  if (long === 0) return given;
  return lengths.map((length, i) =>
    length < AWAKE_NANO ? (given[i] as number) : Math.min(length, (left * length) / long),
  );
}

/** Time between the journal's turns: short macrotasks as far as there is CPU, sleep otherwise. */
function fillRest(list: SegmentList, gap: Gap, start: number, end: number, cpu: number): void {
  const length = end - start;
  if (length <= 0) return;
  const first = start === gap.start;
  const last = end === gap.end;
  const left = first ? busySide(gap.left, false) : undefined;
  const right = last ? busySide(gap.right, false) : undefined;
  if (cpu > 0.5 * length || length < SLIVER_NANO) {
    // Beside a tick of the poll phase half of it was the runtime's; behind a waking all was work.
    const before = left ?? (first && right !== undefined && !gap.woke ? RUNTIME : undefined);
    const behind = right ?? (last && left !== undefined ? RUNTIME : undefined);
    fillBusy(list, piece(gap, { start, end, cpu: length, left: before, right: behind }));
    return;
  }
  const mine = left === undefined ? 0 : right === undefined ? cpu : cpu / 2;
  const theirs = right === undefined ? 0 : left === undefined && gap.woke ? cpu : cpu / 2;
  if (left !== undefined) list.to(start + mine, left.kind, left.owner);
  list.to(start + cpu - theirs, "runtime", NOBODY);
  list.to(end - theirs, "idle", NOBODY);
  if (right !== undefined) list.to(end, right.kind, right.owner);
}

/**
 * The exact edge of the quiet loop: no tick comes while it sleeps, one when it wakes, 0.1 ms before the first callback. So
 * a wake tick with CPU c says: busy for c behind the tick before, then idle. When most of the gap was CPU, the tick fell into
 * the poll phase itself (callbacks of libuv count as idle for V8: at 9.5k requests/s 78 % of the ticks, with 80 % of the
 * CPU): `runtime`. Without the quiet loop the same holds to within the gap.
 */
function fillToIdle(list: SegmentList, gap: Gap): void {
  const { start, end, periodNano } = gap;
  const length = end - start;
  const left = busySide(gap.left, gap.leftLow);
  const cpu = Math.min(gap.cpu, length);
  const edge = gap.quiet ? 0 : Math.min(length, periodNano) / 2;
  if (left?.low === true && cpu < 0.5 * length) {
    // The blocked call returned before the next tick was due.
    const blocked = Math.min(length, periodNano) / 2;
    list.to(start + blocked, "blocked", left.owner);
    list.to(end, "idle", NOBODY, blocked);
    return;
  }
  if (length <= 1.5 * periodNano && cpu > 0.5 * length) {
    if (left !== undefined) list.to(start + length / 2, left.kind, left.owner);
    list.to(cpu > 0.8 * length ? end : start + cpu, "runtime", NOBODY, left === undefined ? 0 : length / 2);
  } else if (left === undefined) {
    list.to(start + cpu, cpu > 1.5 * periodNano ? "lost" : "runtime", NOBODY);
  } else {
    list.to(start + (cpu > 1.5 * periodNano ? periodNano : cpu), left.kind, left.owner);
    list.to(start + cpu, "lost", NOBODY, periodNano / 2);
  }
  list.to(end, "idle", NOBODY, edge);
}

/** Without a journal, before a busy tick. */
function fillToBusy(list: SegmentList, gap: Gap): void {
  const { start, end, cpu, periodNano, left, right } = gap;
  const length = end - start;
  const from = busySide(left, gap.leftLow);
  const to = busySide(right, gap.rightLow) ?? RUNTIME;
  const share = cpu / length;
  const far = length > 2.5 * periodNano;
  if (share >= 0.5) {
    // Behind a waking all was work; behind a tick of the poll phase half of it was the runtime's.
    const before = from ?? (gap.woke || far ? undefined : RUNTIME);
    fillBusy(list, piece(gap, { left: before, right: to, cpu: length }));
    return;
  }
  const low = isLow(length, cpu, periodNano);
  const same =
    from !== undefined && from.owner.label === to.owner.label && from.owner.stack === to.owner.stack;
  const blocked = gap.leftLow || gap.rightLow || (same && low);
  if (blocked || (far && share < 0.2)) {
    fillBusy(list, piece(gap, { left: from, right: to, sure: far }));
    return;
  }
  if (far) {
    const half = periodNano / 2;
    if (from !== undefined) list.to(start + half, from.kind, from.owner);
    list.to(end - half, "lost", NOBODY, half);
    list.to(end, to.kind, to.owner, half);
    return;
  }
  // A sleep shorter than a period leaves no tick.
  const mine = from === undefined ? 0 : cpu / 2;
  if (from !== undefined) list.to(start + mine, from.kind, from.owner);
  list.to(end - (cpu - mine), "idle", NOBODY, cpu / 2);
  list.to(end, to.kind, to.owner, cpu / 2);
}
