/** What grows, a step of the series, and between what bounds that lies with 95 %. */
export interface Slope {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1000;
/** Fewer points tell nothing of what lies behind them. */
const LEAST_POINTS = 8;

/**
 * Slope that several series have in common, each with a level of its own: the median of the slopes between any two points of one
 * series (Theil and Sen), which a few outliers do not move. The interval is from a bootstrap of the residuals in blocks: neighbours resemble
 * each other, and single residuals would make it too narrow.
 * Undefined if there is no series of at least 8 points.
 */
export function slopeOf(given: readonly (readonly number[])[], seed = 1): Slope | undefined {
  const series = given.filter(({ length }) => length >= LEAST_POINTS);
  if (series.length === 0) return undefined;
  const value = theilSen(series);
  const random = seeded(seed);
  const residuals = series.map((points) => {
    const rest = points.map((point, i) => point - value * i);
    const level = median(rest);
    return rest.map((one) => one - level);
  });
  const slopes: number[] = [];
  for (let i = 0; i < RESAMPLES; i++)
    slopes.push(
      theilSen(residuals.map((rest) => resampled(rest, random).map((one, at) => one + value * at))),
    );
  slopes.sort((a, b) => a - b);
  return {
    value,
    low: slopes[Math.floor(0.025 * RESAMPLES)] as number,
    high: slopes[Math.ceil(0.975 * RESAMPLES) - 1] as number,
  };
}

function theilSen(series: readonly (readonly number[])[]): number {
  const slopes: number[] = [];
  for (const points of series)
    for (let j = 1; j < points.length; j++)
      for (let i = 0; i < j; i++) slopes.push(((points[j] as number) - (points[i] as number)) / (j - i));
  return median(slopes);
}

function resampled(values: readonly number[], random: () => number): number[] {
  const { length } = values;
  const block = Math.max(2, Math.round(length ** (1 / 3)) + 1);
  const result: number[] = [];
  while (result.length < length) {
    const from = Math.floor(random() * (length - block + 1));
    result.push(...values.slice(from, from + block));
  }
  return result.slice(0, length);
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** Numbers below 1, the same for the same seed (a linear congruence, high bits). */
export function seeded(seed: number): () => number {
  let state = BigInt(seed) + 1n;
  return () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}
