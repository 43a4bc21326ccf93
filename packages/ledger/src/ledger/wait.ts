import type { Pause } from "../timeline/carve.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { LedgerClass, WaitPart } from "../types.ts";
import type { Awaited } from "./awaited.ts";
import type { HoldBounds, Piece } from "./piece.ts";
import { poolWaits } from "./pool.ts";
import { answerOf, dozed, guess, lastIdle, NEAR_NANO, type Wait } from "./ready.ts";
import type { Run } from "./runs.ts";

/** Node's timers know whole milliseconds. */
const TIMER_NANO = 1e6;
/** From its client span's start to a request that only waits for its connection. */
const SENT_NANO = 1e6;
/** With less outside of the remote span than this, network and clock cannot be told apart. */
const CLOCK_NANO = 1e6;

/**
 * The hold rule. Let q be the last instant of the wait at which the loop slept: nothing was ready then, so only what ran
 * behind q can have delayed the span; other work before q overlapped and delayed nothing. The wait was over at e, when the
 * awaited thing was ready: the remote span's end, else the child's start + its usual duration, else a guess. So the
 * delay is end − max(q, e); without knowing e, 0 at least and end − q at most.
 */
export function classifyWait(
  wait: Wait,
  awaited: readonly Awaited[],
  timeline: Timeline,
  pieces: Piece[],
): HoldBounds | undefined {
  const { start, end, runs } = wait;
  const open = awaited.filter((child) => child.start < end && child.end > start - child.bias);
  const answer = answerOf(open, wait);
  const known = wait.sent?.start ?? (answer?.error === undefined ? undefined : answer.time);
  const q =
    known !== undefined && dozed(wait, Math.max(known + (answer?.error ?? 0), start))
      ? start
      : lastIdle(wait, open.length > 0);
  const pending = open.some((child) => child.end > end + NEAR_NANO && child !== answer?.child);
  const blocked = wait.resumed || !pending;
  const due = wait.sent === undefined && answer?.time === undefined ? wait.resume?.due : undefined;
  const ready = wait.sent?.start ?? answer?.time ?? due ?? guess(q, end, timeline.periodNano);
  const from = blocked ? Math.min(Math.max(q, ready, start), end) : end;
  const tail = blocked ? tailStart(runs, from, timeline.periodNano) : end;

  const pool = poolWaits(wait, timeline);
  for (const run of runs) {
    if (run.start < from) before(run, Math.min(run.end, from), open, pool, pieces);
    if (run.end > from) behind({ ...run, start: Math.max(run.start, from) }, tail, open, pieces);
  }
  if (!blocked) return undefined;
  const error = errorOf(wait, answer?.error, due);
  const nano = heldSince(runs, from, tail);
  const high = Math.max(nano, heldSince(runs, error === undefined ? q : Math.max(q, ready - error), tail));
  const low = error === undefined ? 0 : heldSince(runs, Math.max(q, ready + error), tail);
  if (high === 0) return undefined;
  const instead: LedgerClass = open.length > 0 ? "wait.child" : "wait.other";
  return {
    start: from,
    end,
    nano,
    low: Math.min(low, nano),
    high,
    instead,
    child: (wait.sent ?? answer?.child)?.span.spanId,
    sent: wait.sent !== undefined,
  };
}

/** ± of the moment of readiness; undefined: it is a guess. */
function errorOf(
  { sent, end }: Wait,
  answer: number | undefined,
  due: number | undefined,
): number | undefined {
  // To make a connection takes a round trip, and what was written took half of one to get there.
  if (sent?.remote !== undefined) return SENT_NANO + Math.max(0, 2 * (sent.remote.start - end));
  return due === undefined ? answer : TIMER_NANO;
}

/** What runs right before the span goes on, without an owner, is its own callback's native part: sockets, parsers. */
function tailStart(runs: readonly Run[], from: number, periodNano: number): number {
  let at = runs.at(-1)?.end ?? from;
  const end = at;
  for (let i = runs.length - 1; i >= 0; i--) {
    const run = runs[i] as Run;
    if (run.segment?.kind !== "runtime" || run.end <= from) break;
    at = Math.max(run.start, from);
  }
  return end - at <= periodNano ? at : end;
}

function isHold(run: Run, tail: number): boolean {
  const kind = run.segment?.kind;
  if (kind === "stalled") return isOwned(run);
  return kind === "js" || kind === "gc" || kind === "blocked" || (kind === "runtime" && run.start < tail);
}

/** Other work that had to share its processor held the loop all the same. */
function isOwned({ segment }: Run): boolean {
  return segment !== undefined && (segment.label >= 0 || segment.stack >= 0);
}

function heldSince(runs: readonly Run[], from: number, tail: number): number {
  let sum = 0;
  for (const run of runs) if (run.end > from && isHold(run, tail)) sum += run.end - Math.max(run.start, from);
  return sum;
}

function push(
  pieces: Piece[],
  run: Run,
  start: number,
  end: number,
  name: LedgerClass,
  part?: WaitPart,
): void {
  if (end <= start) return;
  const edge = start === run.segment?.start ? run.segment.edge : 0;
  pieces.push({ start, end, class: name, part, segment: run.segment, edge });
}

/** Before anything was ready: the span just waited, whatever the loop did. */
function before(
  run: Run,
  end: number,
  open: readonly Awaited[],
  pool: readonly Pause[],
  pieces: Piece[],
): void {
  const kind = run.segment?.kind;
  if (kind === undefined || kind === "lost") {
    push(pieces, run, run.start, end, "unprofiled");
    return;
  }
  const work = kind !== "idle" && kind !== "runtime";
  for (const [from, to, child] of spread(run.start, end, open)) {
    if (child === undefined) waitWithoutChild(run, from, to, pool, pieces);
    else if (work) push(pieces, run, from, to, "wait.child", "overlapped");
    else remoteParts(run, from, to, child, pieces);
  }
}

/** Cuts [start, end) where the awaited child changes: of several open ones the last to finish. */
function* spread(
  start: number,
  end: number,
  open: readonly Awaited[],
): Generator<readonly [number, number, Awaited | undefined]> {
  let at = start;
  while (at < end) {
    let child: Awaited | undefined;
    let until = end;
    for (const each of open) {
      if (each.start > at) until = Math.min(until, each.start);
      else if (each.end > at && (child === undefined || each.end > child.end)) child = each;
    }
    if (child !== undefined) until = Math.min(until, child.end);
    yield [at, until, child];
    at = until;
  }
}

function remoteParts(run: Run, start: number, end: number, child: Awaited, pieces: Piece[]): void {
  const { remote } = child;
  if (remote === undefined || !splits(child)) {
    push(pieces, run, start, end, "wait.child", "remote");
    return;
  }
  const from = Math.min(Math.max(remote.start - remote.queued, start), end);
  const to = Math.min(Math.max(remote.end, from), end);
  push(pieces, run, start, from, "wait.child", "network");
  push(pieces, run, from, to, "wait.child", "remote");
  push(pieces, run, to, end, "wait.child", "network");
}

/**
 * Durations need no common clock: what the child took beyond the remote span was network, or the loop's. If that may be
 * nothing, given the clocks, it is not split off.
 */
export function splits(child: Awaited): boolean {
  if (child.remote === undefined) return false;
  const beyond = child.end - child.start - (child.remote.end - child.remote.start);
  return beyond > Math.max(CLOCK_NANO, child.remote.error - child.remote.bias);
}

function waitWithoutChild(
  run: Run,
  start: number,
  end: number,
  pool: readonly Pause[],
  pieces: Piece[],
): void {
  let at = start;
  for (const pause of pool) {
    if (pause.end <= at) continue;
    if (pause.start >= end) break;
    push(pieces, run, at, Math.max(at, pause.start), "wait.other");
    push(pieces, run, Math.max(at, pause.start), Math.min(end, pause.end), "wait.pool");
    at = Math.min(end, pause.end);
  }
  push(pieces, run, at, end, "wait.other");
}

/** The awaited thing was ready (or may have been): what ran now delayed the span. */
function behind(run: Run, tail: number, open: readonly Awaited[], pieces: Piece[]): void {
  const { start, end, segment } = run;
  switch (segment?.kind) {
    case undefined:
    case "lost":
      push(pieces, run, start, end, "unprofiled");
      break;
    case "stalled":
      push(pieces, run, start, end, isOwned(run) ? "loop.held" : "stalled");
      break;
    case "runtime":
      push(pieces, run, start, Math.min(end, tail), "loop.held");
      if (end > tail) {
        if (open.length > 0) push(pieces, run, Math.max(start, tail), end, "wait.child", "loop_return");
        else push(pieces, run, Math.max(start, tail), end, "runtime");
      }
      break;
    case "idle": {
      // An answer that was sent, but had not arrived: the loop slept.
      const child = open.at(-1);
      if (child === undefined) push(pieces, run, start, end, "wait.other");
      else remoteParts(run, start, end, child, pieces);
      break;
    }
    case "js":
    case "gc":
    case "blocked":
      push(pieces, run, start, end, "loop.held");
      break;
  }
}
