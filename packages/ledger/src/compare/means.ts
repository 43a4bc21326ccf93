export interface RoundedMeans {
  readonly total: number;
  readonly parts: readonly number[];
}

/**
 * Means of integer `sums` over `n`, as integers that sum exactly to the rounded mean of their total: all rounded down,
 * then those with the largest remainders up (Hamilton's method). A part of 0 stays 0; each is within 1 of its mean.
 */
export function roundedMeans(sums: readonly number[], n: number): RoundedMeans {
  const parts = sums.map((sum) => (sum - (sum % n)) / n);
  const total = Math.round(sums.reduce((all, sum) => all + sum, 0) / n);
  const missing = total - parts.reduce((all, part) => all + part, 0);
  const order = sums.map((sum, i) => ({ i, rest: sum % n })).sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (let k = 0; k < missing; k++) parts[order[k]!.i]!++;
  return { total, parts };
}
