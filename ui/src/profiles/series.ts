// Sums over time as columns of numbers: what is drawn, what a selection of steps means, when versions began. Pure.
import type { SeriesAnswer } from "../api/types.ts";
import { bytes, count as whole, duration } from "../lib/format.ts";
import { type ProfileType, typeWords } from "../state/selection.ts";

export interface SeriesLine {
  /** Value of the dimension the lines are split by; empty where a process did not tell it. */
  readonly key: string;
  /** Sums per step, in the answer's unit. */
  readonly values: Float64Array;
  readonly sum: number;
}

export interface SeriesGrid {
  readonly fromMs: number;
  readonly toMs: number;
  /** Start of the first step; steps count from 1970, so it may lie before `fromMs`. */
  readonly t0Ms: number;
  readonly stepMs: number;
  readonly columns: number;
  readonly unit: SeriesAnswer["unit"];
  /** When agents sampled, [Unix ms, Unix ms], in order: rates are over this time, never over time that nobody looked at. */
  readonly covered: SeriesAnswer["covered"];
  /** The greatest first. */
  readonly lines: readonly SeriesLine[];
  readonly truncated: boolean;
  readonly total: Float64Array;
  readonly sum: number;
}

export function seriesGrid(
  answer: SeriesAnswer,
  range: { readonly from: number; readonly to: number },
): SeriesGrid {
  const stepMs = answer.stepNano / 1e6;
  const t0Ms = Math.floor(range.from / stepMs) * stepMs;
  const columns = Math.max(1, Math.ceil((range.to - t0Ms) / stepMs));
  const total = new Float64Array(columns);
  let sum = 0;
  const lines = answer.series.map(({ key, points }): SeriesLine => {
    const values = new Float64Array(columns);
    let own = 0;
    for (const [at, value] of points) {
      const column = Math.floor((at - t0Ms) / stepMs);
      if (column < 0 || column >= columns) continue;
      values[column]! += value;
      total[column]! += value;
      own += value;
    }
    sum += own;
    return { key: Object.values(key)[0] ?? "", values, sum: own };
  });
  return {
    fromMs: range.from,
    toMs: range.to,
    t0Ms,
    stepMs,
    columns,
    unit: answer.unit,
    covered: answer.covered,
    lines,
    truncated: answer.truncated,
    total,
    sum,
  };
}

export const stepStart = (grid: SeriesGrid, column: number): number => grid.t0Ms + column * grid.stepMs;

/** How much of the time between two instants was sampled, ms. */
export function coveredMs({ covered }: Pick<SeriesGrid, "covered">, fromMs: number, toMs: number): number {
  return covered.reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs)),
    0,
  );
}

/** How much of a step was sampled, ms. Of less than a quarter a rate says nothing. */
function coveredOf(grid: SeriesGrid, column: number): number {
  const start = stepStart(grid, column);
  return Math.max(coveredMs(grid, start, start + grid.stepMs), grid.stepMs / 4);
}

/** What a step's sum is drawn as: of time and allocations the rate, of what is alive the amount. */
export function levels(grid: SeriesGrid, type: ProfileType, values: Float64Array): Float64Array {
  if (type === "heap_inuse") return values;
  return values.map((value, column) => rateOf(type, value, coveredOf(grid, column)));
}

/** Cores, threads, requests held up at a time, or bytes a second; of what is alive the bytes. */
export function rateOf(type: ProfileType, value: number, forMs: number): number {
  switch (type) {
    case "cpu":
    case "wall":
    case "loop_hold":
      return forMs > 0 ? value / (forMs * 1e6) : 0;
    case "heap_alloc":
      return forMs > 0 ? value / (forMs / 1000) : 0;
    case "heap_inuse":
      return value;
  }
}

/** `0.42 cores`, `0.012 cores`, `1.3 threads`, `1.5 MiB/s`, `85.0 MiB`: of one type always in one unit, so that any two compare. */
export function rateWords(type: ProfileType, rate: number): string {
  switch (type) {
    case "cpu":
      return counted(rate, "core");
    case "wall":
      return counted(rate, "thread");
    case "loop_hold":
      return counted(rate, "request");
    case "heap_alloc":
      return `${bytes(rate)}/s`;
    case "heap_inuse":
      return bytes(rate);
  }
}

/** As `rateWords`, for an axis beside which a long unit has no room: the chart's head names it. */
export const axisWords = (type: ProfileType, rate: number): string =>
  type === "loop_hold" ? short(rate) : rateWords(type, rate);

const counted = (value: number, word: string): string =>
  short(value) === "1" ? `1 ${word}` : `${short(value)} ${word}s`;

/** Two significant digits, but no digit of whole numbers lost. */
function short(value: number): string {
  if (value === 0) return "0";
  if (value < 0.0001) return "<0.0001";
  if (value >= 100) return whole(Math.round(value));
  return String(Number(value.toPrecision(2)));
}

/** What a level is, for the chart's head. */
export const levelWords: Readonly<Record<ProfileType, string>> = {
  cpu: "cores in use",
  wall: "threads in code",
  loop_hold: "requests held up at a time",
  heap_inuse: "bytes alive in the latest heap profiles",
  heap_alloc: "bytes allocated a second",
};

/** First and last step, both inside. */
export interface StepSpan {
  readonly left: number;
  readonly right: number;
}

export function spanTimes(grid: SeriesGrid, { left, right }: StepSpan): { selFrom: number; selTo: number } {
  return {
    selFrom: Math.max(grid.fromMs, stepStart(grid, left)),
    selTo: Math.min(grid.toMs, stepStart(grid, right + 1)),
  };
}

/** The instants between which all data lies, a step of margin on each side; undefined without data. */
export function dataTimes(grid: SeriesGrid): { readonly from: number; readonly to: number } | undefined {
  const first = grid.total.findIndex((value) => value > 0);
  const last = grid.total.findLastIndex((value) => value > 0);
  if (first < 0) return undefined;
  return {
    from: Math.max(grid.fromMs, stepStart(grid, first - 1)),
    to: Math.min(grid.toMs, stepStart(grid, last + 2)),
  };
}

/** Where two instants stand on the chart, in steps (fractions allowed); undefined when they are outside. */
export function placeTimes(
  grid: SeriesGrid,
  fromMs: number,
  toMs: number,
): { readonly left: number; readonly right: number } | undefined {
  const clamp = (at: number): number => Math.max(0, Math.min(grid.columns, (at - grid.t0Ms) / grid.stepMs));
  const [left, right] = [clamp(fromMs), clamp(toMs)];
  return right > left ? { left, right } : undefined;
}

/**
 * What lies between two instants. Of a step that they cut, as much as of its time: the range's own ends cut none, since what a step
 * holds lies within the range. (The last step of "the last hour" has mostly begun just now.)
 */
export function sumBetween(grid: SeriesGrid, values: Float64Array, fromMs: number, toMs: number): number {
  let sum = 0;
  for (let column = 0; column < grid.columns; column++) {
    const start = Math.max(grid.fromMs, stepStart(grid, column));
    const end = Math.min(grid.toMs, stepStart(grid, column + 1));
    const inside = Math.min(toMs, end) - Math.max(fromMs, start);
    if (inside > 0) sum += ((values[column] as number) * inside) / (end - start);
  }
  return sum;
}

/** Where the keyboard begins: a fifth of the chart around its highest step. */
export function firstSpan(grid: SeriesGrid): StepSpan {
  let highest = 0;
  grid.total.forEach((value, column) => {
    if (value > (grid.total[highest] as number)) highest = column;
  });
  const reach = Math.round(grid.columns / 10);
  return { left: Math.max(0, highest - reach), right: Math.min(grid.columns - 1, highest + reach) };
}

/** Versions with samples, the one that began last first. */
export function versionsOf(grid: SeriesGrid): readonly string[] {
  const first = ({ values }: SeriesLine): number => values.findIndex((value) => value > 0);
  const names = new Intl.Collator("en", { numeric: true });
  return grid.lines
    .filter((line) => line.key !== "" && line.sum > 0)
    .toSorted((a, b) => first(b) - first(a) || names.compare(b.key, a.key))
    .map(({ key }) => key);
}

const spans = [
  { unit: "h", ms: 3_600_000, from: 7_200_000 },
  { unit: "min", ms: 60_000, from: 60_000 },
  { unit: "s", ms: 1000, from: 0 },
] as const;

/** `2.0 of 15 min`, `30.0 s of 6 h`: in the whole's unit where that shows it. */
export function partWords(partMs: number, ofMs: number): string {
  const { unit, ms } = spans.find(({ from }) => ofMs >= from) ?? spans[2];
  const all = `${Number((ofMs / ms).toFixed(1))}\u202f${unit}`;
  const part = partMs / ms;
  return part < 0.1 ? `${duration(partMs * 1e6)} of ${all}` : `${part.toFixed(1)} of ${all}`;
}

export const overTimeWords = (type: ProfileType): string =>
  type === "loop_hold" ? "Delay to others over time" : `${typeWords[type]} over time`;
