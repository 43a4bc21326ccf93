/** Numbers below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 4000;

/**
 * The mean of paired differences and its 95 % interval, by a bootstrap in two steps: first processes, then rounds. Two
 * processes of one program differ by some percent for as long as they live, so rounds of one pair are no independent proof.
 * Within a pair of processes a fifth of the rounds is trimmed at either end: what else the machine did in them.
 * @param groups one list for each pair of processes.
 */
export function estimate(groups: readonly (readonly number[])[], seed = 1): Estimate {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const means: number[] = [];
  for (let i = 0; i < RESAMPLES; i++)
    means.push(mean(groups.map(() => trimmed(pick(groups)).map((_, __, kept) => pick(kept)))));
  return {
    value: mean(groups.map((group) => trimmed(group))),
    low: quantile(means, 0.025),
    high: quantile(means, 0.975),
  };
}

function mean(groups: readonly (readonly number[])[]): number {
  let sum = 0;
  for (const group of groups) {
    let inner = 0;
    for (const value of group) inner += value;
    sum += inner / group.length;
  }
  return sum / groups.length;
}

function trimmed(values: readonly number[]): readonly number[] {
  const cut = Math.floor(values.length / 5);
  return values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
}
