import type { Beat } from "./program.ts";
import type { Segment } from "./segment.ts";
import type { RunDelay, Turn } from "./stream.ts";

/** A part of a turn between two ticks, with the part of its time without CPU in which the thread was ready to run, 0 to 1. */
export interface StalledPart {
  readonly start: number;
  readonly end: number;
  readonly share: number;
}

/** A reading held against what the thread did meanwhile. */
export interface Stall {
  readonly start: number;
  readonly end: number;
  /** In order. */
  readonly parts: readonly StalledPart[];
  /** ns that the turns have no room for: the thread was awake, waited for its processor, and looked asleep. */
  readonly asleep: number;
}

/** Of a call that blocks a tick brings 0.04 to 0.16 ms of CPU, of a starved thread more. */
export const BLOCKED_SHARE = 0.05;

interface Part {
  readonly start: number;
  readonly end: number;
  /** ns without CPU. */
  readonly off: number;
  /** What a wait for the processor is rather found in: 0 between ticks with some CPU, 1 where ticks are missing, 2 in a call that blocks. */
  readonly rank: number;
}

/**
 * What the kernel counted is exact, but tells only how much of a turn, and of the sleep before it, the thread was ready to run.
 * Ticks say where that was: work that used some CPU and took longer was waiting for its processor; then where ticks are
 * missing; in what looks like a call that blocks only if there is more.
 * @param from where the first beat's CPU begins to count.
 */
export function stallsOf(
  readings: readonly RunDelay[],
  turns: readonly Turn[],
  beats: readonly Beat[],
  from: number,
  periodNano: number,
  gcIn: (start: number, end: number) => number,
): Stall[] {
  let next = 0;
  let beat = 0;
  return readings.map(({ start, end, nano }) => {
    while (next < turns.length && (turns[next] as Turn).end <= start) next++;
    while (beat < beats.length && (beats[beat] as Beat).time <= start) beat++;
    const parts: Part[] = [];
    for (let i = next; i < turns.length && (turns[i] as Turn).start < end; i++) {
      const turnStart = Math.max((turns[i] as Turn).start, start);
      const turnEnd = Math.min((turns[i] as Turn).end, end);
      for (let k = beat; k < beats.length; k++) {
        const gapStart = k === 0 ? from : (beats[k - 1] as Beat).time;
        if (gapStart >= turnEnd) break;
        const { time: gapEnd, cpu } = beats[k] as Beat;
        const partStart = Math.max(turnStart, gapStart);
        const partEnd = Math.min(turnEnd, gapEnd);
        if (partEnd <= partStart) continue;
        const length = partEnd - partStart;
        const used = cpu * Math.min(1, length / busyIn(turns, i, gapStart, gapEnd));
        const off = Math.max(0, length - gcIn(partStart, partEnd) - used);
        const missing = gapEnd - gapStart > 1.5 * periodNano;
        const rank = used >= BLOCKED_SHARE * length ? 0 : missing ? 1 : 2;
        parts.push({ start: partStart, end: partEnd, off, rank });
      }
    }
    let left = nano;
    const shares = [0, 1, 2].map((rank) => {
      const all = parts.reduce((sum, part) => sum + (part.rank === rank ? part.off : 0), 0);
      const given = Math.min(left, all);
      left -= given;
      return all > 0 ? given / all : 0;
    });
    return {
      start,
      end,
      parts: parts.map((part) => ({ start: part.start, end: part.end, share: shares[part.rank] as number })),
      asleep: left,
    };
  });
}

/** ns of turns between two times. @param at index of one of them, or of the first that ends later. */
export function busyIn(turns: readonly Turn[], at: number, start: number, end: number): number {
  let sum = 0;
  let i = at;
  while (i > 0 && (turns[i - 1] as Turn).end > start) i--;
  for (; i < turns.length && (turns[i] as Turn).start < end; i++) {
    sum += Math.max(0, Math.min((turns[i] as Turn).end, end) - Math.max((turns[i] as Turn).start, start));
  }
  return sum;
}

/** The one that covers that time. @param ranges in order, not overlapping. */
export function rangeAt<T extends { readonly start: number; readonly end: number }>(
  ranges: readonly T[],
  time: number,
): T | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as T).end < time) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low];
  return found !== undefined && found.start <= time ? found : undefined;
}

/** How much of what the turns have no room for lies between two times, if it is spread evenly. */
export function awaitedIn(stalls: readonly Stall[], start: number, end: number): number {
  const stall = rangeAt(stalls, (start + end) / 2);
  if (stall === undefined || stall.asleep <= 0) return 0;
  const turns = stall.parts.reduce((sum, part) => sum + part.end - part.start, 0);
  const rest = stall.end - stall.start - turns;
  return rest <= 0 ? 0 : (stall.asleep * Math.min(end - start, rest)) / rest;
}

/** Shorter waits for a processor change nothing. */
const LEAST_NANO = 300_000;

/**
 * A thread that was woken and waits for its processor looks asleep: the end of a sleep is stalled, of several within one reading
 * of the last one first.
 */
export function carveStalls(segments: readonly Segment[], stalls: readonly Stall[]): Segment[] {
  if (stalls.length === 0) return [...segments];
  const carved: Segment[] = [];
  let next = stalls.length - 1;
  let left = stalls.at(-1)?.asleep ?? 0;
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i] as Segment;
    const { start, end, kind } = segment;
    const middle = (start + end) / 2;
    while (next >= 0 && (stalls[next] as Stall).start > middle) left = stalls[--next]?.asleep ?? 0;
    const stall = stalls[next];
    const inside = stall !== undefined && middle <= stall.end;
    // Between short macrotasks it has been found already.
    if (inside && kind === "stalled" && rangeAt(stall.parts, middle) === undefined) left -= end - start;
    const taken = Math.round(Math.min(left, end - start));
    if (kind !== "idle" || !inside || left < LEAST_NANO || taken === 0) {
      carved.push(segment);
      continue;
    }
    left -= taken;
    const from = end - taken;
    carved.push({ ...segment, start: from, kind: "stalled", edge: from > start ? 0 : segment.edge });
    if (from > start) carved.push({ ...segment, end: from });
  }
  return carved.reverse();
}
