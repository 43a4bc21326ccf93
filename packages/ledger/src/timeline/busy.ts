import type { Owner, SegmentKind, SegmentList } from "./segment.ts";

/** A busy tick beside a gap: whose work it showed. */
export interface Side {
  readonly kind: "js" | "runtime";
  readonly owner: Owner;
  /** The gap on its other side used next to no CPU. */
  readonly low: boolean;
}

export interface BusyPiece {
  readonly start: number;
  readonly end: number;
  /** ns of CPU within it. */
  readonly cpu: number;
  readonly left: Side | undefined;
  readonly right: Side | undefined;
  /** Who it is when no tick says. */
  readonly fallback: Side;
  /** Known to lie within one turn of the loop, so no sleep hides in it. */
  readonly sure: boolean;
  /** ns of collections in it: their CPU is spent by other threads as well, so it tells nothing. */
  readonly gc: number;
  /** Ticks of this window show a thread that often has to share its processor. */
  readonly contended: boolean;
  /** The tick after it came late: the gap behind is a short one. */
  readonly late: boolean;
  readonly throttled: boolean;
  /** Of its time without CPU, the share in which the thread was ready to run, as the kernel counts it; undefined: not known. */
  readonly stalled: number | undefined;
  /** Whether calls are known to block under that stack. */
  readonly blocks: (stack: number) => boolean;
  readonly periodNano: number;
  /** ± of its start. */
  readonly edge: number;
}

/** Between this and 1 less it, time without CPU was both. */
const MIXED = 0.2;

/** Less CPU than this share of the time is no work. */
const LOW = 0.3;

/** A thread that has its processor for itself shows 97–100 % of the time as CPU. */
const SHARED = 0.05;
const SHARED_NANO = 250_000;

export function isLow(length: number, cpu: number, periodNano: number, most: number = LOW): boolean {
  return length > 0.5 * periodNano && cpu < most * length;
}

/**
 * Busy time between two ticks: each tick owns the half beside it. "On a JavaScript frame" is not "on CPU", though. Time
 * without CPU is one of two things, told apart by the ticks themselves:
 *
 * - blocked: SIGPROF interrupts a thread that sleeps in a system call, so ticks keep coming, one a period, each with
 *   0.04–0.16 ms of CPU: `execSync("sleep 1")` and `Atomics.wait` show 97–99 ticks a second and 4–16 ms of CPU.
 * - stalled: a thread that may not run (cgroup throttling, SIGSTOP, another process on its core) cannot take the signal:
 *   ticks are missing, or one comes late and the next one early, back on the grid.
 *
 * Work with less CPU than time had to share its processor: the difference is stalled as well, where the journal says that the
 * loop did not sleep. A lost tick within a blocked call looks like a stall of two periods; the neighbours decide.
 */
export function fillBusy(list: SegmentList, piece: BusyPiece): void {
  const { start, end, cpu, periodNano, edge } = piece;
  const length = end - start;
  if (length <= 0) return;
  const left = piece.left ?? piece.right ?? piece.fallback;
  const right = piece.right ?? piece.left ?? piece.fallback;
  const off = Math.max(0, length - cpu);
  const missing = length > 1.5 * periodNano;
  const both = piece.left !== undefined && piece.right !== undefined;
  const middle = both ? start + length / 2 : end;
  const inner = both ? length / 2 : 0;
  const leftLow = piece.left?.low === true;
  const rightLow = piece.right?.low === true;

  const low = isLow(length, cpu + piece.gc, periodNano);
  const short = piece.sure && missing && cpu < 0.7 * length && off > periodNano;
  if (low || short) {
    const share = piece.stalled ?? 0;
    if (share > MIXED && share < 1 - MIXED && (leftLow || rightLow || knownToBlock(piece))) {
      const from = start + cpu / 2;
      list.to(from, left.kind, left.owner, edge);
      list.to(from + off * (1 - share), "blocked", left.owner);
      list.to(end - cpu / 2, "stalled", left.owner);
      list.to(end, right.kind, right.owner);
      return;
    }
    if (isBlocked(piece, missing, leftLow || rightLow)) {
      if (leftLow === rightLow) {
        const half = leftLow ? 0 : cpu / 2;
        list.to(start + half, left.kind, left.owner, edge);
        list.to(Math.max(middle - half, start + half), "blocked", left.owner, edge);
        list.to(end - half, "blocked", right.owner, inner);
      } else if (leftLow) list.to(end - cpu, "blocked", left.owner, edge);
      else {
        list.to(start + cpu, left.kind, left.owner, edge);
        list.to(end, "blocked", right.owner);
      }
    } else {
      list.to(start + cpu / 2, left.kind, left.owner, edge);
      list.to(end - cpu / 2, "stalled", left.owner);
    }
    list.to(end, right.kind, right.owner);
    return;
  }
  if (
    leftLow !== rightLow &&
    !(piece.stalled !== undefined && piece.stalled > 0.5) &&
    off > 0.2 * length &&
    off > 0.1 * periodNano
  ) {
    // Beside a blocked call: the CPU says when it began or returned.
    if (leftLow) list.to(start + off, "blocked", left.owner, edge);
    else list.to(end - off, left.kind, left.owner, edge);
    list.to(end, leftLow ? right.kind : "blocked", right.owner);
    return;
  }
  // Work that took longer than its CPU had to share the processor.
  const waited = piece.sure ? off - piece.gc : 0;
  if (waited > SHARED * length && waited > SHARED_NANO) {
    const at = both ? middle - waited / 2 : start + (length - waited) / 2;
    list.to(at, left.kind, left.owner, edge);
    list.to(at + waited, "stalled", left.owner);
    list.to(end, right.kind, right.owner);
    return;
  }
  list.to(middle, left.kind, left.owner, edge);
  list.to(end, right.kind, right.owner, both ? inner : edge);
}

function knownToBlock({ left, right, blocks }: BusyPiece): boolean {
  return [left, right].some((side) => side !== undefined && blocks(side.owner.stack));
}

/** Ticks lost in a row by chance; a thread that was stopped for longer looks the same, but for the stacks around. */
const LOST_PERIODS = 10;
const LOST_INSIDE_PERIODS = 20;

function isBlocked(piece: BusyPiece, missing: boolean, besideLow: boolean): boolean {
  if (piece.stalled !== undefined && piece.stalled > 0.5) return false;
  if (piece.stalled !== undefined && !missing) return true;
  if (!missing) return besideLow || !(piece.late || piece.contended);
  const { left, right } = piece;
  const known = knownToBlock(piece);
  if (piece.throttled || !(besideLow || known)) return false;
  // The sampler's own thread may be starved as well: so many ticks are lost only to that, if it was not ready to run.
  if (known && piece.stalled !== undefined) return true;
  const inside = left?.low === true && right?.low === true && left.owner.stack === right.owner.stack;
  return piece.end - piece.start < (inside ? LOST_INSIDE_PERIODS : LOST_PERIODS) * piece.periodNano;
}

/** `kind` for a side, so that callers need no cast. */
export function side(kind: SegmentKind, owner: Owner, low = false): Side {
  return { kind: kind === "js" ? "js" : "runtime", owner, low };
}
