import { fillBusy, side } from "./busy.ts";
import { busySide, type Gap, piece, RUNTIME } from "./gap.ts";
import type { SegmentList } from "./segment.ts";
import { CLOCK_NANO, lastResume } from "./program.ts";
import { NOBODY } from "./segment.ts";
import type { Turn } from "./stream.ts";

/** Shorter stretches between turns are rounding and short macrotasks, no proof of sleep. */
const SLIVER_NANO = 250_000;

/** A wake tick and the turn it begins may be this far on the wrong side of each other. */
const EDGE_NANO = 100_000;
/** Native work on the way from one turn to the next, or from a waking to the first, is no longer than this. */
const AWAKE_NANO = 2e6;
/** Of a turn that an idle tick shows in its poll phase, the part that its first callback gets. */
const POLLED_NANO = 1e6;

/**
 * Turns of the journal are exact: within one the thread did not sleep, so time without CPU in it is blocked or stalled;
 * outside of them it slept, less the CPU that short macrotasks used. The ticks say what ran inside a turn; an idle one says
 * that the loop was in its poll phase, on CPU behind what the turn began with.
 */
export function fillWithTurns(list: SegmentList, gap: Gap, turns: readonly Turn[]): void {
  const { start, end, cpu, left, right } = gap;
  const pieces = piecesOf(gap, turns);
  const count = pieces.length;
  const lengths: number[] = [];
  const ranks: number[] = [];
  // What lies in front of each piece, and behind the last.
  const between: number[] = [];
  const betweenRanks: number[] = [];
  let busy = 0;
  let at = start;
  for (let i = 0; i <= count; i++) {
    const piece = pieces[i];
    const rest = (piece?.start ?? end) - at;
    const beside =
      (i === 0 && left !== undefined && left.kind !== "idle") ||
      (i === count && right !== undefined && right.kind !== "idle");
    between.push(rest);
    betweenRanks.push(rest < AWAKE_NANO ? 0 : beside ? 1 : 2);
    if (piece === undefined) break;
    busy += piece.end - piece.start;
    at = piece.end;
    lengths.push(piece.end - piece.start);
    ranks.push(isBlocked(piece, gap) ? 1 : 0);
  }
  const ran = spread(Math.min(cpu, busy), lengths, ranks);
  const awake = spread(Math.max(0, cpu - busy), between, betweenRanks);
  at = start;
  for (let i = 0; i < count; i++) {
    const { start: from, end: to, turn } = pieces[i] as TurnPiece;
    if (from > at) fillRest(list, gap, restOf(gap, pieces, i, at, from, awake[i] as number));
    // A tick of the instant at which the turn began, with another label, was the last of the turn before.
    const stale = start - turn.start <= CLOCK_NANO && left?.kind === "js" && left.owner.label !== turn.label;
    const before = turn.start <= start && from === start && !stale;
    const behind = to === end;
    // A tick without a label right behind the turn's end shows the next macrotask's hook, not this turn; one of the instant at
    // which it ended, with the label that the next turn began with, shows that.
    const hooked = turn.end < end && right?.owner.label === -1;
    const follows =
      gap.next !== undefined && gap.next.start - end <= CLOCK_NANO ? gap.next.label : turn.label;
    const ahead = follows !== turn.label && right?.owner.label === follows;
    const shown = right?.kind === "js" && (hooked || ahead) ? undefined : right;
    const polled = behind && right?.kind === "idle" && turn.end > end && cpu > 0.8 * (end - start);
    const began = side("js", { label: turn.label, stack: -1 });
    // A tick in the poll phase hits long ones: what the turn began with was short then.
    if (polled && (!before || gap.woke)) list.to(Math.min(from + POLLED_NANO, to), began.kind, began.owner);
    fillBusy(
      list,
      piece(gap, {
        start: Math.max(from, list.end),
        end: to,
        cpu: ran[i] as number,
        left: before
          ? (busySide(left, gap.leftLow) ??
            (left !== undefined && !gap.woke && turn.start < start - EDGE_NANO ? RUNTIME : undefined))
          : undefined,
        right: behind ? (busySide(shown, gap.rightLow) ?? (polled ? RUNTIME : undefined)) : undefined,
        fallback: began,
        sure: true,
      }),
    );
    at = to;
  }
  if (end > at) fillRest(list, gap, restOf(gap, pieces, count, at, end, awake[count] as number));
}

/** What of a turn lies in a gap. */
interface TurnPiece {
  readonly start: number;
  readonly end: number;
  readonly turn: Turn;
}

function piecesOf({ start, end, cpu, left, right, periodNano }: Gap, turns: readonly Turn[]): TurnPiece[] {
  const pieces: TurnPiece[] = [];
  let busy = 0;
  let at = start;
  for (let i = 0; i < turns.length; i++) {
    const turn = turns[i] as Turn;
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
  return pieces;
}

/** The stretch in front of piece `i`, and whose work stands before and behind it. */
function restOf(
  gap: Gap,
  pieces: readonly TurnPiece[],
  i: number,
  start: number,
  end: number,
  cpu: number,
): Rest {
  const { left, right } = gap;
  const turn = pieces[i - 1]?.turn.label ?? left?.owner.label;
  const resumed = turn === undefined || turn < 0 ? lastResume(gap.resumes, end) : undefined;
  const waking = right?.kind === "idle" && gap.next !== undefined && gap.next.start < gap.end + EDGE_NANO;
  return {
    start,
    end,
    cpu,
    before: resumed !== undefined && resumed.time >= start - EDGE_NANO ? resumed.label : turn,
    behind: pieces[i]?.turn.label ?? (waking ? gap.next?.label : right?.owner.label),
  };
}

/** A call that blocks where the gap begins or ends goes on in this turn: what CPU there is was rather used in the others. */
function isBlocked({ start, end, turn }: TurnPiece, gap: Gap): boolean {
  return (gap.leftLow && start === gap.start && turn.start <= gap.start) || (gap.rightLow && end === gap.end);
}

/**
 * CPU over several stretches, by rank, those of one rank by their length. What no turn explains goes first to the short
 * stretches between the turns, where the loop came from one macrotask to the next by way of sockets and parsers, then to those
 * beside a tick that shows them busy, then to the others.
 */
function spread(cpu: number, lengths: readonly number[], ranks: readonly number[]): number[] {
  const given: number[] = [];
  for (let i = 0; i < lengths.length; i++) given.push(0);
  let left = cpu;
  for (let rank = 0; rank <= 2; rank++) {
    let all = 0;
    for (let i = 0; i < lengths.length; i++) if (ranks[i] === rank) all += lengths[i] as number;
    if (all === 0) continue;
    const share = Math.min(1, left / all);
    for (let i = 0; i < lengths.length; i++) if (ranks[i] === rank) given[i] = (lengths[i] as number) * share;
    left -= all * share;
  }
  return given;
}

/** A stretch between the journal's turns. */
interface Rest {
  readonly start: number;
  readonly end: number;
  /** ns of CPU in it. */
  readonly cpu: number;
  /** Labels of what stands at its ends. */
  readonly before: number | undefined;
  readonly behind: number | undefined;
}

/** Time between the journal's turns: short macrotasks as far as there is CPU, sleep otherwise. */
function fillRest(list: SegmentList, gap: Gap, { start, end, cpu, before, behind }: Rest): void {
  const length = end - start;
  if (length <= 0) return;
  const { periodNano } = gap;
  const ready = Math.min(length - cpu, gap.awaited(start, end));
  const first = start === gap.start;
  const last = end === gap.end;
  const left = first ? busySide(gap.left, false) : undefined;
  const right = last ? busySide(gap.right, false) : undefined;
  const mineLabel = left?.owner.label ?? before ?? -1;
  if (ready > 0.2 * length && cpu + ready > 0.5 * length && mineLabel >= 0) {
    // Short macrotasks of one owner, between which its thread lost the processor.
    if (mineLabel === (right?.owner.label ?? behind)) {
      const owner = left?.owner ?? right?.owner ?? { label: mineLabel, stack: -1 };
      list.to(start + (length - ready) / 2, "js", owner);
      list.to(start + (length + ready) / 2, "stalled", owner);
      list.to(end, "js", right?.owner ?? owner);
      return;
    }
  }
  if (cpu > 0.5 * length || length < SLIVER_NANO) {
    // Beside a tick of the poll phase half a period was the runtime's; behind a waking all was work.
    const polled = Math.min(length, periodNano) / 2;
    if (
      left === undefined &&
      right === undefined &&
      before === behind &&
      before !== undefined &&
      before >= 0
    ) {
      // On CPU between two turns of one owner: its short macrotasks.
      const idle = last && gap.right?.kind === "idle";
      list.to(idle ? end - polled : end, "js", { label: before, stack: -1 });
      list.to(end, "runtime", NOBODY, polled);
      return;
    }
    if (last && left !== undefined && right === undefined) {
      const busy = length > 1.5 * periodNano ? Math.max(cpu, length / 2) : length;
      list.to(start + busy - polled, left.kind, left.owner);
      list.to(start + busy, "runtime", NOBODY, polled);
      list.to(end, "idle", NOBODY);
    } else if (first && right !== undefined && left === undefined && !gap.woke) {
      list.to(start + polled, "runtime", NOBODY);
      list.to(end, right.kind, right.owner, polled);
    } else fillBusy(list, piece(gap, { start, end, cpu: length, left, right }));
    return;
  }
  const mine = left === undefined ? 0 : right === undefined ? cpu : cpu / 2;
  const theirs = right === undefined ? 0 : left === undefined && gap.woke ? cpu : cpu / 2;
  if (left !== undefined) list.to(start + mine, left.kind, left.owner);
  list.to(start + cpu - theirs, "runtime", NOBODY);
  list.to(end - theirs, "idle", NOBODY);
  if (right !== undefined) list.to(end, right.kind, right.owner);
}
