import { zstdCompressSync } from "node:zlib";
import { compress } from "./compress.ts";
import { encodeWindow } from "./encode.ts";
import { WireError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { subsetPprof } from "./pprof/subset.ts";
import { sampleTotals } from "./weights.ts";
import type { Events, Journal, Label, Ticks, Window } from "./window.ts";
import { TickState } from "./window.ts";

export interface Part {
  readonly window: Window;
  /** zstd; at most `LIMITS.messageBytes`. */
  readonly bytes: Uint8Array;
}

export interface SplitOptions {
  /** Compressed bytes a part aims at. */
  readonly targetBytes?: number;
  readonly messageBytes?: number;
  /** `encodeWindow` of the window, where that is done already. */
  readonly encoded?: Uint8Array;
  /** zstd; default `compress`, on the thread pool. */
  readonly compress?: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** What other part numbers may change of a compressed part's size. */
const NUMBERING_BYTES = 1024;

/** Uncompressed bytes of a part: of twice as many a receiver takes none, however well they compress. */
const MOST_ENCODED = LIMITS.windowBytes / 2;

/**
 * Encodes and compresses a window, in as many parts as its size needs (one, as a rule).
 *
 * Every part has the whole header (clocks, seq, profile_id, counts of the whole window) and its own part number; its times
 * count from the window's start. So parts laid one behind the other are the window, and each alone is a window with a gap.
 * Ticks are cut, between two idle ones where there are such near by: no weight depends on what is beyond such a cut. At
 * other cuts the ticks beside it fall back to the rule for a window's edge. Turns, resumes and events lie in the part of their
 * time; every part of a window with a journal has one, with its threshold, and the counts of dropped turns stand in the
 * first. Labels and samples that a part does not use are left out of it, and the values of its samples are summed anew.
 *
 * @throws WireError HOTSPAN_WIRE_MESSAGE_TOO_LARGE when single ticks are larger than a message may be
 */
export async function splitWindow(window: Window, options: SplitOptions = {}): Promise<readonly Part[]> {
  const splitting = split(window, options);
  const smaller = options.compress ?? compress;
  let step = splitting.next();
  while (step.done !== true) step = splitting.next(await smaller(step.value));
  return step.value;
}

/** `splitWindow` at once, for where nothing asynchronous runs any more. */
export function splitWindowNow(
  window: Window,
  options: Omit<SplitOptions, "compress"> = {},
): readonly Part[] {
  const splitting = split(window, options);
  let step = splitting.next();
  while (step.done !== true) step = splitting.next(zstdCompressSync(step.value));
  return step.value;
}

/** Yields what is to be compressed. */
function* split(window: Window, options: SplitOptions): Generator<Uint8Array, readonly Part[], Uint8Array> {
  const target = options.targetBytes ?? LIMITS.targetBytes;
  const limit = options.messageBytes ?? LIMITS.messageBytes;
  const encoded = options.encoded ?? encodeWindow(window);
  const whole = yield encoded;
  if (whole.length <= target && encoded.length <= MOST_ENCODED) return [{ window, bytes: whole }];
  const count = Math.max(2, Math.ceil(Math.max(whole.length / target, encoded.length / MOST_ENCODED)));
  const times = absolute(window.ticks.deltaMicros);
  let cuts = cutPoints(window.ticks, { first: 0, end: times.length }, count);
  // Each part's size depends on its neighbours in its number only: in the end all are numbered anew, within what is left free.
  const most = limit - Math.min(NUMBERING_BYTES, limit / 8);
  for (let at = 0; at + 1 < cuts.length; ) {
    const range = rangeOf(cuts, at, times);
    const part = onePart(window, range, cuts.length - 1);
    const plain = encodeWindow(part);
    const { length } = yield plain;
    if (length <= most && plain.length <= MOST_ENCODED) {
      at++;
      continue;
    }
    if (range.end - range.first < 2 || cuts.length > 0xffff) {
      throw new WireError(
        "HOTSPAN_WIRE_MESSAGE_TOO_LARGE",
        `a part of ${range.end - range.first} ticks still has ${length} bytes; the limit is ${limit}`,
      );
    }
    // Only what is too large: where ticks are dense in what they carry, halving all would make thousands of parts.
    cuts = [...cuts.slice(0, at), ...cutPoints(window.ticks, range, 2), ...cuts.slice(at + 2)];
  }
  const parts: Part[] = [];
  for (let at = 0; at + 1 < cuts.length; at++) {
    const part = onePart(window, rangeOf(cuts, at, times), cuts.length - 1);
    parts.push({ window: part, bytes: yield encodeWindow(part) });
  }
  return parts;
}

interface Range {
  /** 0-based. */
  readonly i: number;
  /** Ticks [first, end). */
  readonly first: number;
  readonly end: number;
  /** Microseconds since the window's start, [from, to). */
  readonly from: number;
  readonly to: number;
  readonly times: Float64Array;
}

/** Between the cuts number `i` and `i + 1`. */
function rangeOf(cuts: readonly number[], i: number, times: Float64Array): Range {
  const first = cuts[i] as number;
  const end = cuts[i + 1] as number;
  // Things that are not ticks belong to the part of the last tick before them; what is before all ticks to the first.
  const from = first === 0 ? 0 : (times[first] as number);
  const to = end === times.length ? Number.POSITIVE_INFINITY : (times[end] as number);
  return { i, first, end, from, to, times };
}

function onePart(window: Window, range: Range, parts: number): Window {
  const { ticks, header } = window;
  const labels = new Renumbering();
  const samples = new Renumbering();
  const slice = <T extends Uint32Array | Uint8Array>(column: T): T =>
    column.slice(range.first, range.end) as T;
  const deltaMicros = slice(ticks.deltaMicros);
  if (deltaMicros.length > 0) deltaMicros[0] = range.times[range.first] as number;
  const own: Ticks = {
    deltaMicros,
    state: slice(ticks.state),
    cpuMicros: slice(ticks.cpuMicros),
    label: slice(ticks.label).map((row) => labels.of(row)),
    stack: slice(ticks.stack).map((sample) => samples.of(sample)),
    run: ticks.run.length === 0 ? ticks.run : slice(ticks.run),
  };
  const journal = window.journal && partOfJournal(window.journal, range, labels);
  const totals = sampleTotals(own, header, samples.kept.length);
  return {
    header: { ...header, part: range.i + 1, parts },
    ticks: own,
    journal,
    labels: labels.kept.map((row) => window.labels[row - 1] as Label),
    events: partOfEvents(window.events, range),
    heap: range.i === 0 ? window.heap : undefined,
    pprof: subsetPprof(
      window.pprof,
      samples.kept.map((sample) => sample - 1),
      totals,
    ),
  };
}

/** 1-based numbers of a table → 1-based numbers of the part's own table, in order of first use. 0 stays 0. */
class Renumbering {
  readonly kept: number[] = [];
  readonly #numbers = new Map<number, number>([[0, 0]]);

  of(number: number): number {
    const known = this.#numbers.get(number);
    if (known !== undefined) return known;
    this.kept.push(number);
    this.#numbers.set(number, this.kept.length);
    return this.kept.length;
  }
}

/** Cuts [first, end) into at most `count` pieces of about as many ticks each: both edges, and the cuts between. */
function cutPoints(
  { state }: Ticks,
  { first, end }: { readonly first: number; readonly end: number },
  count: number,
): number[] {
  const step = (end - first) / count;
  const reach = Math.floor(step / 4);
  const points = [first];
  for (let i = 1; i < count; i++) {
    const ideal = first + Math.round(i * step);
    let point = ideal;
    for (let away = 0; away <= reach; away++) {
      const between = (at: number): boolean =>
        state[at - 1] === TickState.idle && state[at] === TickState.idle;
      if (between(ideal - away)) {
        point = ideal - away;
        break;
      }
      if (between(ideal + away)) {
        point = ideal + away;
        break;
      }
    }
    if (point > (points.at(-1) as number) && point < end) points.push(point);
  }
  points.push(end);
  return points;
}

function partOfJournal(journal: Journal, range: Range, labels: Renumbering): Journal {
  const turns = timeRange(journal.turnDeltaMicros, range);
  const resumes = timeRange(journal.resumeDeltaMicros, range);
  const delays = timeRange(journal.runDelayDeltaMicros, range);
  return {
    thresholdMicros: journal.thresholdMicros,
    turnDeltaMicros: turns.deltas,
    turnBusyMicros: journal.turnBusyMicros.slice(turns.first, turns.end),
    turnLabel: journal.turnLabel.slice(turns.first, turns.end).map((row) => labels.of(row)),
    resumeDeltaMicros: resumes.deltas,
    resumeLabel: journal.resumeLabel.slice(resumes.first, resumes.end).map((row) => labels.of(row)),
    // Empty ones stay so.
    resumeSource: journal.resumeSource.slice(resumes.first, resumes.end),
    resumeLateMicros: journal.resumeLateMicros.slice(resumes.first, resumes.end),
    runDelayDeltaMicros: delays.deltas,
    runDelaySpanMicros: journal.runDelaySpanMicros.slice(delays.first, delays.end),
    runDelayMicros: journal.runDelayMicros.slice(delays.first, delays.end),
    droppedTurns: range.i === 0 ? journal.droppedTurns : 0,
    droppedResumes: range.i === 0 ? journal.droppedResumes : 0,
  };
}

function partOfEvents(events: Events, range: Range): Events {
  const gc = timeRange(events.gcDeltaMicros, range);
  const pool = timeRange(events.poolDeltaMicros, range);
  return {
    gcDeltaMicros: gc.deltas,
    gcDurationMicros: events.gcDurationMicros.slice(gc.first, gc.end),
    gcKind: events.gcKind.slice(gc.first, gc.end),
    poolDeltaMicros: pool.deltas,
    poolQueueMicros: events.poolQueueMicros.slice(pool.first, pool.end),
  };
}

/** Entries of a delta column within the range; the first delta counts from the window's start again. */
function timeRange(
  deltas: Uint32Array,
  { from, to }: Range,
): { readonly first: number; readonly end: number; readonly deltas: Uint32Array } {
  const times = absolute(deltas);
  let first = times.findIndex((time) => time >= from);
  if (first === -1) first = times.length;
  let end = first;
  while (end < times.length && (times[end] as number) < to) end++;
  const own = deltas.slice(first, end);
  if (own.length > 0) own[0] = times[first] as number;
  return { first, end, deltas: own };
}

function absolute(deltas: Uint32Array): Float64Array {
  const times = new Float64Array(deltas.length);
  let time = 0;
  for (let i = 0; i < deltas.length; i++) {
    time += deltas[i] as number;
    times[i] = time;
  }
  return times;
}
