// Nothing is planted: spans of one endpoint are split at random into two sides, and whatever then differs is a false alarm.
import { rootCause } from "@hotspan/ledger";
import type { Endpoint } from "./corpus.ts";

export interface Tally {
  readonly service: string;
  readonly endpoint: string;
  readonly spans: number;
  readonly splits: number;
  /** Splits with a significant contribution. */
  readonly false: number;
}

/** Spans a side, slow and baseline, as far as an endpoint has so many. */
const SIDES: readonly (readonly [slow: number, baseline: number])[] = [
  [20, 100],
  [50, 100],
  [100, 100],
  [25, 25],
];

/** Numerical Recipes' generator, good enough to shuffle. */
function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** `splits` of each endpoint. */
export function resample(endpoints: readonly Endpoint[], splits: number, seed: number): Tally[] {
  return endpoints.map(({ service, endpoint, vectors }, index) => {
    const below = generator(seed * 1000 + index);
    const order = [...vectors];
    let alarms = 0;
    for (let split = 0; split < splits; split++) {
      for (let i = order.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      const [most, baseline] = SIDES[split % SIDES.length]!;
      const slow = Math.min(most, Math.floor(order.length / 2));
      const result = rootCause({
        slow: order.slice(0, slow),
        baseline: order.slice(slow, slow + baseline),
        options: { seed: split + 1 },
      });
      if (!result.comparable) throw new Error(`${service} ${endpoint}: ${result.detail}`);
      if (result.answer.contributions.some((one) => one.significant || one.rest?.significant === true))
        alarms++;
    }
    return { service, endpoint, spans: vectors.length, splits, false: alarms };
  });
}

export interface Rate {
  readonly false: number;
  readonly splits: number;
  readonly share: number;
  /** Clopper and Pearson's exact upper 95 % bound (one-sided). */
  readonly upper: number;
}

export function rateOf(tallies: readonly Tally[]): Rate {
  const alarms = tallies.reduce((sum, tally) => sum + tally.false, 0);
  const splits = tallies.reduce((sum, tally) => sum + tally.splits, 0);
  return { false: alarms, splits, share: alarms / splits, upper: upperBound(alarms, splits) };
}

/** The share at which `count` or fewer of `n` would be seen in one case of twenty. */
export function upperBound(count: number, n: number, alpha = 0.05): number {
  if (count >= n) return 1;
  let low = count / n;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (atMost(count, n, middle) > alpha) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X ≤ count) for a binomial X. */
function atMost(count: number, n: number, p: number): number {
  let log = n * Math.log1p(-p);
  let sum = Math.exp(log);
  for (let k = 1; k <= count; k++) {
    log += Math.log((n - k + 1) / k) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(log);
  }
  return sum;
}
