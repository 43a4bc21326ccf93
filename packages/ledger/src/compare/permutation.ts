/**
 * Two-sample permutation test over many columns at once, with the family-wise error held by the maximum statistic
 * (Westfall & Young 1993, step-down). Rows are spans; shuffling whole spans keeps whatever dependence the columns have.
 */
import type { Random } from "./random.ts";

/** Rows that take the first side's place, per permutation, as bytes of 8 rows. */
export interface Arrangements {
  readonly rows: number;
  /** Rows on the side that is drawn: the smaller one. */
  readonly drawn: number;
  readonly count: number;
  readonly bytes: number;
  readonly masks: Uint8Array;
}

export function arrange(firstRows: number, rows: number, count: number, random: Random): Arrangements {
  const drawn = Math.min(firstRows, rows - firstRows);
  const bytes = Math.ceil(rows / 8);
  const masks = new Uint8Array(count * bytes);
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  for (let p = 0; p < count; p++) {
    for (let i = 0; i < drawn; i++) {
      const j = i + random.below(rows - i);
      const row = order[j]!;
      order[j] = order[i]!;
      order[i] = row;
      masks[p * bytes + (row >> 3)]! |= 1 << (row & 7);
    }
  }
  return { rows, drawn, count, bytes, masks };
}

/**
 * How many spans' worth of the pooled variance stand beside each side's own. A side of 20 spans without a single one of
 * the events that 5 % of spans have shows variance 0, and Welch's t would call that certainty; with 10 it stays at 1.5.
 */
const SHRINK = 10;
/** Smallest deviation believed, of the column's root mean square: rounding of sums, far below what a tick can show. */
const RESOLUTION = 1e-6;

/** Welch's t with variances shrunk towards the pooled one. `sum` and `squares` are those of `rows` of the `n` rows. */
function studentise(
  sum: number,
  squares: number,
  rows: number,
  n: number,
  total: number,
  totalSquares: number,
  pooled: number,
): number {
  const rest = n - rows;
  const mean = sum / rows;
  const restSum = total - sum;
  const restMean = restSum / rest;
  const own = Math.max(0, squares - sum * mean) + SHRINK * pooled;
  const other = Math.max(0, totalSquares - squares - restSum * restMean) + SHRINK * pooled;
  const error = own / (rows - 1 + SHRINK) / rows + other / (rest - 1 + SHRINK) / rest;
  return error > 0 ? (mean - restMean) / Math.sqrt(error) : 0;
}

interface Moments {
  readonly total: number;
  readonly squares: number;
  readonly pooled: number;
}

function momentsOf(values: Float64Array): Moments {
  let total = 0;
  let squares = 0;
  for (const value of values) {
    total += value;
    squares += value * value;
  }
  const n = values.length;
  const variance = (squares - (total * total) / n) / (n - 1);
  return { total, squares, pooled: Math.max(variance, (RESOLUTION ** 2 * squares) / n) };
}

/** The statistic of the difference first − second; `values` holds the first side's rows, then the second's. */
export function difference(values: Float64Array, firstRows: number): number {
  const { total, squares, pooled } = momentsOf(values);
  let sum = 0;
  let own = 0;
  for (let i = 0; i < firstRows; i++) {
    sum += values[i]!;
    own += values[i]! * values[i]!;
  }
  return studentise(sum, own, firstRows, values.length, total, squares, pooled);
}

/**
 * |t| of a column under every arrangement. The sums of the drawn rows come from tables of all 256 subsets of 8 rows:
 * 2 look-ups per 8 rows instead of 16 additions, and nothing for rows that are all zero.
 */
function shuffled(values: Float64Array, all: Arrangements, tables: Float64Array, out: Float64Array): void {
  const { rows, drawn, count, bytes, masks } = all;
  const { total, squares, pooled } = momentsOf(values);
  let used = 0;
  const blocks: number[] = [];
  for (let block = 0; block < bytes; block++) {
    const from = block * 8;
    const to = Math.min(from + 8, rows);
    let empty = true;
    for (let i = from; i < to; i++) if (values[i] !== 0) empty = false;
    if (empty) continue;
    const base = used * 512;
    tables[base] = 0;
    tables[base + 1] = 0;
    for (let bit = 0; bit < to - from; bit++) {
      const value = values[from + bit]!;
      const square = value * value;
      const half = 2 << bit;
      for (let at = 0; at < half; at += 2) {
        tables[base + half + at] = tables[base + at]! + value;
        tables[base + half + at + 1] = tables[base + at + 1]! + square;
      }
    }
    blocks.push(block);
    used++;
  }
  for (let p = 0; p < count; p++) {
    let sum = 0;
    let own = 0;
    const offset = p * bytes;
    for (let k = 0; k < used; k++) {
      const at = k * 512 + masks[offset + blocks[k]!]! * 2;
      sum += tables[at]!;
      own += tables[at + 1]!;
    }
    out[p] = Math.abs(studentise(sum, own, drawn, rows, total, squares, pooled));
  }
}

export interface FamilyTest {
  /** Per column, first − second side. */
  readonly t: Float64Array;
  /** Per column, corrected for all columns (step-down): (1 + arrangements at least as extreme) / (1 + arrangements). */
  readonly p: Float64Array;
  /** p of a column that was formed after looking, against the maximum over all columns (single-step). */
  readonly outside: (t: number) => number;
}

/** Sums of equal rows in another order differ in the last digits. */
const TIE = 1 - 1e-9;

export function testFamily(
  columns: readonly Float64Array[],
  firstRows: number,
  all: Arrangements,
): FamilyTest {
  const t = Float64Array.from(columns, (values) => difference(values, firstRows));
  const order = Array.from(t, (_, i) => i).sort((a, b) => Math.abs(t[a]!) - Math.abs(t[b]!) || a - b);
  const tables = new Float64Array(all.bytes * 512);
  const one = new Float64Array(all.count);
  const most = new Float64Array(all.count);
  const p = new Float64Array(columns.length);
  // From the smallest statistic up: each column meets the maximum over itself and all smaller ones.
  for (const column of order) {
    shuffled(columns[column]!, all, tables, one);
    for (let i = 0; i < all.count; i++) if (one[i]! > most[i]!) most[i] = one[i]!;
    p[column] = exceeding(most, Math.abs(t[column]!));
  }
  let floor = 0;
  for (const column of order.reverse()) {
    floor = Math.max(floor, p[column]!);
    p[column] = floor;
  }
  return { t, p, outside: (value) => exceeding(most, Math.abs(value)) };
}

function exceeding(most: Float64Array, t: number): number {
  let count = 1;
  for (const value of most) if (value >= t * TIE) count++;
  return count / (most.length + 1);
}

export const ALPHA = 0.05;

/**
 * Is p below 5 % beyond the doubt of the shuffling itself? p is an estimate from `count` arrangements: at 999 its standard
 * error near 0.05 is 0.007, and another seed may tell another story. So its upper 99 % limit must lie below 5 %: p ≤ 0.036.
 */
export function isSignificant(p: number, count: number): boolean {
  return p + 2.33 * Math.sqrt((p * (1 - p)) / (count + 1)) <= ALPHA;
}
