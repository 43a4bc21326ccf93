/** Which values of span and resource attributes are more common on one side. A family of tests of its own. */
import { type Arrangements, testFamily } from "./permutation.ts";
import type { AttributeDifference } from "./result.ts";
import type { SideSelection } from "./sentence.ts";
import type { Sides } from "./sides.ts";

/** Rarer values cannot differ by more than chance. */
const FEWEST_SPANS = 5;
const LONGEST_VALUE = 64;
/** Numbers with more values than this are compared by bounds instead. */
const MOST_NUMBERS = 10;
const MOST_VALUES = 400;
const MOST_ROWS = 20;
const ROWS_PER_KEY = 3;
/** Keys that name one thing each, whatever their values look like; an instance is none of them. */
const ID_KEY =
  /(^|[._-])(trace|span|request|session|user|order|cart|message|correlation|transaction)[._-]?id$/i;
const NUMBER = /^-?\d+(\.\d+)?$/;

interface Candidate {
  readonly key: string;
  readonly value: string;
  readonly values: Float64Array;
}

interface Tested extends Candidate {
  readonly slowShare: number;
  readonly baselineShare: number;
  readonly p: number;
}

/** Attributes that say no more than how the sides were chosen. */
function chosenBy(sides: { slow: SideSelection; baseline: SideSelection }): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const side of [sides.slow, sides.baseline]) {
    if (side.version !== undefined) keys.add("service.version");
    if (side.instance !== undefined)
      for (const key of ["service.instance.id", "hotspan.instance"]) keys.add(key);
  }
  return keys;
}

export function attributeDifferences(
  sides: Sides,
  arrangements: Arrangements,
  selections: { slow: SideSelection; baseline: SideSelection },
): AttributeDifference[] {
  const skipped = chosenBy(selections);
  const byKey = new Map<string, Map<string, number[]>>();
  sides.spans.forEach(({ attributes }, row) => {
    for (const [key, value] of Object.entries(attributes)) {
      if (skipped.has(key)) continue;
      let values = byKey.get(key);
      if (values === undefined) byKey.set(key, (values = new Map()));
      const known = values.get(value);
      if (known === undefined) values.set(value, [row]);
      else known.push(row);
    }
  });
  const rows = sides.spans.length;
  const candidates = [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, values]) => candidatesOf(key, values, rows))
    .slice(0, MOST_VALUES);
  if (candidates.length === 0) return [];
  const { p } = testFamily(
    candidates.map((one) => one.values),
    sides.slow,
    arrangements,
  );
  const tested = candidates.map((one, i): Tested => {
    const shareOf = (from: number, to: number): number =>
      one.values.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
    return { ...one, slowShare: shareOf(0, sides.slow), baselineShare: shareOf(sides.slow, rows), p: p[i]! };
  });
  return shown(tested);
}

function indicator(rows: readonly number[], length: number): Float64Array {
  const values = new Float64Array(length);
  for (const row of rows) values[row] = 1;
  return values;
}

function candidatesOf(
  key: string,
  values: ReadonlyMap<string, readonly number[]>,
  rows: number,
): Candidate[] {
  if (ID_KEY.test(key)) return [];
  const distinct = values.size;
  const carriers = [...values.values()].reduce((sum, list) => sum + list.length, 0);
  if (distinct > MOST_NUMBERS && [...values.keys()].every((value) => NUMBER.test(value))) {
    // Every span its own whole number: an id or a time, unless something is counted.
    return /id$/i.test(key) ? [] : boundsOf(key, values, rows);
  }
  // Half as many values as spans: they name things, not kinds of things.
  if (distinct > 10 && distinct > carriers / 2) return [];
  return [...values]
    .filter(
      ([value, list]) => value.length <= LONGEST_VALUE && list.length >= FEWEST_SPANS && list.length < rows,
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, list]) => ({ key, value, values: indicator(list, rows) }));
}

/** 1, 2 or 5 × 10ⁿ, the nearest below or at. */
function round125(value: number): number {
  if (value <= 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].map((factor) => factor * unit).find((bound) => bound <= value * (1 + 1e-12)) ?? unit;
}

/** "N and more" at round numbers near the upper quarter, tenth and the middle of both sides together. */
function boundsOf(key: string, values: ReadonlyMap<string, readonly number[]>, rows: number): Candidate[] {
  const numbers = [...values]
    .map(([value, list]) => ({ number: Number(value), list }))
    .sort((a, b) => a.number - b.number);
  const sorted = numbers.flatMap(({ number, list }) => list.map(() => number));
  const bounds = new Set([0.5, 0.75, 0.9].map((q) => round125(sorted[Math.floor((sorted.length - 1) * q)]!)));
  return [...bounds]
    .filter((bound) => bound > sorted[0]!)
    .map((bound) => ({
      key,
      value: `${bound.toLocaleString("en-US", { maximumFractionDigits: 6 })} and more`,
      values: indicator(
        numbers.filter(({ number }) => number >= bound).flatMap(({ list }) => list),
        rows,
      ),
    }));
}

/** Per key the values that are more common among slow spans; one that is rarer only where no other is. */
function shown(tested: readonly Tested[]): AttributeDifference[] {
  const excess = (one: Tested): number => one.slowShare - one.baselineShare;
  const order = (a: Tested, b: Tested): number =>
    a.p - b.p ||
    Math.abs(excess(b)) - Math.abs(excess(a)) ||
    (`${a.key}\0${a.value}` < `${b.key}\0${b.value}` ? -1 : 1);
  const byKey = Map.groupBy([...tested].sort(order), (one) => one.key);
  return [...byKey.values()]
    .flatMap((values) => {
      const more = values.filter((one) => excess(one) > 0);
      return more.length > 0 ? more.slice(0, ROWS_PER_KEY) : values.slice(0, 1);
    })
    .sort(order)
    .slice(0, MOST_ROWS)
    .map(({ key, value, slowShare, baselineShare, p }) => ({ key, value, slowShare, baselineShare, p }));
}
