import { attributeDifferences } from "./attributes.ts";
import { contributionsOf, explained, testedColumns } from "./contributions.ts";
import { CompareError } from "./errors.ts";
import { partsOf } from "./parts.ts";
import { arrange, isSignificant, testFamily } from "./permutation.ts";
import { Random } from "./random.ts";
import { intervalOf, quantile, resample } from "./bootstrap.ts";
import type { Comparable, NotComparable, RootCauseAnswer, RootCauseWarning, SideStats } from "./result.ts";
import { type SideSelection, sentenceOf } from "./sentence.ts";
import { indexOfClass, type Sides, sidesOf } from "./sides.ts";
import type { SpanVector } from "./vector.ts";

export interface RootCauseOptions {
  /** Same input and seed: same answer, in whatever order the spans come. Default 1. */
  readonly seed?: number;
  /** Default 999, at least 199. */
  readonly permutations?: number;
  /** How the sides were chosen, for the sentence; default: p95 against p25–p75. */
  readonly slow?: SideSelection;
  readonly baseline?: SideSelection;
}

export interface RootCauseInput {
  readonly slow: readonly SpanVector[];
  readonly baseline: readonly SpanVector[];
  readonly options?: RootCauseOptions;
}

export const LEAST_SPANS = 20;
const RESAMPLES = 1000;

/**
 * Why spans of one side take longer than those of the other: what each class, function, blamed endpoint and child operation
 * adds to the difference of the means, and which of it is more than chance. See docs/root-cause.md.
 */
export function rootCause(input: RootCauseInput): Comparable | NotComparable {
  const options = input.options ?? {};
  const permutations = options.permutations ?? 999;
  if (!Number.isSafeInteger(permutations) || permutations < 199 || permutations > 99_999) {
    throw new CompareError(
      "HOTSPAN_COMPARE_BAD_OPTION",
      `permutations ${permutations} is no integer of 199 to 99999.`,
    );
  }
  const sides = sidesOf(input.slow, input.baseline);
  if (Math.min(sides.slow, sides.baseline) < LEAST_SPANS) return notComparable(sides);

  const seed = options.seed ?? 1;
  const rows = sides.spans.length;
  const arrangements = arrange(sides.slow, rows, permutations, new Random(seed, 1));
  const samples = resample(sides.slow, rows, RESAMPLES, new Random(seed, 2));
  const parts = partsOf(sides);
  const family = testFamily(testedColumns(sides, parts), sides.slow, arrangements);
  const slow = statsOf(sides.spans.slice(0, sides.slow));
  const baseline = statsOf(sides.spans.slice(sides.slow));
  const excessNano = slow.meanNano - baseline.meanNano;
  const contributions = contributionsOf(
    { sides, parts, family, samples, isSignificant: (p) => isSignificant(p, permutations) },
    excessNano,
  );
  const durations = Float64Array.from(sides.spans, (span) => span.durationNano);
  const alone = testFamily([durations], sides.slow, arrangements);
  const interval = intervalOf(durations, samples);
  const selections = {
    slow: options.slow ?? { percentile: 95 },
    baseline: options.baseline ?? { percentile: [25, 75] as const },
  };
  const coverage = coverageOf(sides);
  const answer: Omit<RootCauseAnswer, "sentence" | "sentenceParts"> = {
    slow,
    baseline,
    excessNano,
    explainedNano: explained(contributions),
    coverage,
    contributions,
    attributes: attributeDifferences(sides, arrangements, selections),
    warnings: warningsOf(
      sides,
      coverage,
      contributions.some((one) => (one.rest ?? one).significant),
    ),
    excess: {
      low: Math.min(excessNano, Math.floor(interval.low)),
      high: Math.max(excessNano, Math.ceil(interval.high)),
      p: alone.p[0]!,
    },
  };
  const sentenceParts = sentenceOf(answer, selections);
  const sentence = sentenceParts.map((part) => part.text).join("");
  return { comparable: true, answer: { ...answer, sentence, sentenceParts } };
}

function notComparable(sides: Sides): NotComparable {
  const { slow, baseline } = sides;
  const [count, name] = slow < LEAST_SPANS ? [slow, "slow"] : [baseline, "baseline"];
  return {
    comparable: false,
    code: "not_comparable",
    slowSpans: slow,
    baselineSpans: baseline,
    needed: LEAST_SPANS,
    detail: `Not comparable: ${count} ${name} ${count === 1 ? "span" : "spans"}, ${LEAST_SPANS} needed`,
  };
}

function statsOf(spans: readonly SpanVector[]): SideStats {
  const durations = Float64Array.from(spans, (span) => span.durationNano).sort();
  return {
    spans: spans.length,
    meanNano: Math.round(durations.reduce((sum, value) => sum + value, 0) / spans.length),
    p50Nano: Math.round(quantile(durations, 0.5)),
    p95Nano: Math.round(quantile(durations, 0.95)),
    minNano: Math.round(durations[0] ?? 0),
    maxNano: Math.round(durations.at(-1) ?? 0),
  };
}

function coverageOf(sides: Sides): number {
  const total = sides.spans.reduce((sum, span) => sum + span.durationNano, 0);
  const unseen = sides.classes[indexOfClass("unprofiled")]!.reduce((sum, value) => sum + value, 0);
  return total === 0 ? 0 : 1 - unseen / total;
}

function warningsOf(sides: Sides, coverage: number, anySignificant: boolean): RootCauseWarning[] {
  const warnings: RootCauseWarning[] = [];
  if (Math.min(sides.slow, sides.baseline) < 50) warnings.push("few_spans");
  if (coverage < 0.8) warnings.push("low_coverage");
  if (sides.overlap > 0) warnings.push("sides_overlap");
  if (!anySignificant) warnings.push("not_significant");
  return warnings;
}
