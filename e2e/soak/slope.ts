/** What grows, a step of the series, and between what bounds that lies with 95 %. */
export interface Slope {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer points tell nothing of what lies behind them. */
const LEAST_POINTS = 8;

/**
 * Slope that several series have in common, each with a level of its own: the median of the slopes between any two points of one
 * series (Theil and Sen), which a few outliers do not move. The interval is that of a regression of which the points count for fewer than they
 * are, since neighbours resemble each other: n (1 − r)/(1 + r), r how much a point tells of the next one, as is usual for trends of the
 * climate (Santer and others, 2000). Without that a level that holds for a while, up and down by chance, would often be taken for growth.
 * Undefined if there is no series of at least 8 points.
 */
export function slopeOf(given: readonly (readonly number[])[]): Slope | undefined {
  const series = given.filter(({ length }) => length >= LEAST_POINTS);
  if (series.length === 0) return undefined;
  const value = theilSen(series);
  let squares = 0;
  let spread = 0;
  let freedom = -1;
  for (const points of series) {
    const rest = residuals(points, value);
    for (const [i, one] of rest.entries()) {
      squares += one ** 2;
      spread += (i - (points.length - 1) / 2) ** 2;
    }
    const near = likeness(rest);
    // Of each series its level is estimated as well.
    freedom += (points.length * (1 - near)) / (1 + near) - 1;
  }
  const degrees = Math.max(1, freedom);
  const half = studentT(degrees) * Math.sqrt(squares / degrees / spread);
  return { value, low: value - half, high: value + half };
}

function theilSen(series: readonly (readonly number[])[]): number {
  const slopes: number[] = [];
  for (const points of series)
    for (let j = 1; j < points.length; j++)
      for (let i = 0; i < j; i++) slopes.push(((points[j] as number) - (points[i] as number)) / (j - i));
  return median(slopes);
}

function residuals(points: readonly number[], slope: number): number[] {
  const rest = points.map((point, i) => point - slope * i);
  const level = rest.reduce((sum, one) => sum + one, 0) / rest.length;
  return rest.map((one) => one - level);
}

/** Correlation of neighbours, 0 to 0.9; what short series hide of it is added. */
function likeness(rest: readonly number[]): number {
  let own = 0;
  let next = 0;
  for (const [i, one] of rest.entries()) {
    own += one ** 2;
    next += one * (rest[i + 1] ?? 0);
  }
  const found = own === 0 ? 0 : next / own;
  return Math.min(0.9, Math.max(0, found + (1 + 4 * found) / rest.length));
}

/** 97.5 % of Student's distribution with 1, 2, … degrees of freedom. */
const STUDENT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

const studentT = (degrees: number): number => STUDENT[Math.floor(degrees) - 1] ?? 1.96 + 2.5 / degrees;

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
