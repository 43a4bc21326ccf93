import { intervalOf, resample, weigh } from "./bootstrap.ts";
import { CompareError } from "./errors.ts";
import { frameKey } from "./frames.ts";
import { arrange, isSignificant, testFamily } from "./permutation.ts";
import type { MergedTree } from "./profile-tree.ts";
import type { CompareProfilesOptions, FunctionDifference, Normalise, ProfileSide } from "./profiles.ts";
import { Random } from "./random.ts";

/** Independent pieces of a side, such as a span or a window of one thread each, in columns. */
export interface Replicates {
  /** Spans (`per_span`) or seconds (`per_second`) each stands for: 1 for a span. `share` divides by its own total instead. */
  readonly weights: Float64Array;
  /** Self values of each; `frame` indexes the side's frames. */
  readonly functions: readonly { readonly frame: number; readonly self: Float64Array }[];
}

const FEWEST_REPLICATES = 8;
const MOST_REPLICATES = 1000;
const MOST_TESTED = 512;
const RESAMPLES = 500;

interface Sampled {
  readonly firstRows: number;
  readonly weights: Float64Array;
  /** By function of the merged tree. */
  readonly values: ReadonlyMap<number, Float64Array>;
}

export function functionDifferences(
  merged: MergedTree,
  base: ProfileSide,
  other: ProfileSide,
  normalise: Normalise,
  options: CompareProfilesOptions,
): FunctionDifference[] {
  const sums = new Map<number, { base: number; other: number }>();
  merged.frame.forEach((frame, node) => {
    const known = sums.get(frame) ?? { base: 0, other: 0 };
    known.base += merged.baseSelf[node]!;
    known.other += merged.otherSelf[node]!;
    sums.set(frame, known);
  });
  const doubts = doubtsOf(merged, base, other, normalise, options);
  return [...sums]
    .filter(([, value]) => value.base !== 0 || value.other !== 0)
    .map(([frame, value]): FunctionDifference => {
      const source = merged.frames[frame]!;
      const delta = value.other - value.base;
      const doubt = doubts?.get(frame);
      return {
        function: source.function,
        package: source.package,
        file: source.file,
        kind: source.kind,
        base: value.base,
        other: value.other,
        delta,
        low: doubt === undefined ? null : Math.min(delta, delta + doubt.low),
        high: doubt === undefined ? null : Math.max(delta, delta + doubt.high),
        p: doubt?.p ?? null,
        significant: doubt?.significant ?? false,
      };
    })
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta) || (frameKey(a) < frameKey(b) ? -1 : 1));
}

interface Doubt {
  /** Distances of the interval's ends from the difference. */
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly significant: boolean;
}

/**
 * Both sides' ratios Σ self / Σ weight differ by more than chance? Each replicate is turned into its residual
 * (self − R · weight) / mean weight, with R the ratio of both sides together: means of residuals differ exactly when the
 * ratios do, so the test for means serves (the linearisation of the delta method, exact for equal weights).
 */
function doubtsOf(
  merged: MergedTree,
  base: ProfileSide,
  other: ProfileSide,
  normalise: Normalise,
  options: CompareProfilesOptions,
): ReadonlyMap<number, Doubt> | undefined {
  const sampled = sample(merged, base, other, normalise);
  if (sampled === undefined) return undefined;
  const { firstRows, weights, values } = sampled;
  const rows = weights.length;
  const seed = options.seed ?? 1;
  const permutations = options.permutations ?? 999;
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const totals = new Map(
    [...values].map(([frame, column]) => [frame, column.reduce((sum, value) => sum + value, 0)]),
  );
  const tested = [...values.keys()]
    .sort((a, b) => totals.get(b)! - totals.get(a)! || a - b)
    .slice(0, MOST_TESTED);
  const residuals = tested.map((frame) => {
    const ratio = totals.get(frame)! / totalWeight;
    return values.get(frame)!.map((value, row) => ((value - ratio * weights[row]!) * rows) / totalWeight);
  });
  const family = testFamily(
    residuals,
    firstRows,
    arrange(firstRows, rows, permutations, new Random(seed, 3)),
    false,
  );
  const samples = resample(firstRows, rows, RESAMPLES, new Random(seed, 4));
  const weighed = weigh(samples, weights);
  const share = (column: Float64Array, from: number, to: number): number => {
    let sum = 0;
    let weight = 0;
    for (let row = from; row < to; row++) {
      sum += column[row]!;
      weight += weights[row]!;
    }
    return weight > 0 ? sum / weight : 0;
  };
  return new Map(
    tested.map((frame, i) => {
      const column = values.get(frame)!;
      const delta = share(column, 0, firstRows) - share(column, firstRows, rows);
      const { low, high } = intervalOf(column, samples, weighed);
      const p = family.p[i]!;
      return [
        frame,
        { low: low - delta, high: high - delta, p, significant: isSignificant(p, permutations) },
      ] as const;
    }),
  );
}

/** Rows of other first, so that differences are other − base. */
function sample(
  merged: MergedTree,
  base: ProfileSide,
  other: ProfileSide,
  normalise: Normalise,
): Sampled | undefined {
  const ids = new Map(merged.frames.map((frame, id) => [frameKey(frame), id]));
  const sides = [other, base].map((side) => ({ side, chosen: chosenOf(side.replicates) }));
  if (sides.some(({ chosen }) => chosen.length < FEWEST_REPLICATES)) return undefined;
  const rows = sides.reduce((sum, { chosen }) => sum + chosen.length, 0);
  const weights = new Float64Array(rows);
  const values = new Map<number, Float64Array>();
  let first = 0;
  for (const { side, chosen } of sides) {
    const { weights: own, functions } = side.replicates!;
    if (normalise !== "share") chosen.forEach((replicate, i) => (weights[first + i] = own[replicate]!));
    for (const { frame, self } of functions) {
      const source = side.frames[frame];
      const id = source === undefined ? undefined : ids.get(frameKey(source));
      if (id === undefined)
        throw new CompareError("HOTSPAN_COMPARE_BAD_TREE", `Replicates name frame ${frame}, which is none.`);
      let column = values.get(id);
      if (column === undefined) values.set(id, (column = new Float64Array(rows)));
      for (let i = 0; i < chosen.length; i++) {
        const value = self[chosen[i]!]!;
        column[first + i]! += value;
        if (normalise === "share") weights[first + i]! += value;
      }
    }
    first += chosen.length;
  }
  return weights.some((weight) => weight > 0)
    ? { firstRows: sides[0]!.chosen.length, weights, values }
    : undefined;
}

/** Which of them stand for something, at most as many as are used. */
function chosenOf(replicates: Replicates | undefined): readonly number[] {
  const chosen: number[] = [];
  replicates?.weights.forEach((weight, i) => {
    if (Number.isFinite(weight) && weight > 0) chosen.push(i);
  });
  return chosen.slice(0, MOST_REPLICATES);
}
