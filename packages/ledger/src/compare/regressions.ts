import type { Contribution } from "./result.ts";
import { LEAST_SPANS, rootCause } from "./root-cause.ts";
import { ALPHA } from "./permutation.ts";
import type { SpanVector } from "./vector.ts";

/** Spans of one endpoint in one version. */
export interface VersionSpans {
  readonly service: string;
  readonly endpoint: string;
  readonly version: string;
  /** When the version was first seen: versions follow each other by it. */
  readonly firstUnixNano: bigint;
  readonly spans: readonly SpanVector[];
}

export interface Regression {
  readonly service: string;
  readonly endpoint: string;
  readonly from: string;
  readonly to: string;
  /** Mean duration of `to` less that of `from`. */
  readonly deltaNano: number;
  /** Corrected for the number of version changes compared. */
  readonly p: number;
  /** What became slower by more than chance, largest first, at most 3. */
  readonly top: readonly Contribution[];
}

export interface RegressionsAnswer {
  /** Significant ones, slower by most first. */
  readonly regressions: readonly Regression[];
}

export interface RegressionsOptions {
  readonly seed?: number;
  /** Default: as many as the correction for all comparisons needs, 999 to 9999. */
  readonly permutations?: number;
}

/** A version change is slower by its duration, or by what the span is made of: two looks. */
const LOOKS = 2;

/** Each version against the one before it, per endpoint. Fewer than 20 spans of either: not compared. */
export function regressions(
  groups: readonly VersionSpans[],
  options: RegressionsOptions = {},
): RegressionsAnswer {
  const changes = changesOf(groups);
  // Smallest p that can be reached is 1 / (1 + permutations); it must survive the correction.
  const needed = Math.ceil((LOOKS * changes.length) / ALPHA) * 2;
  const permutations = options.permutations ?? Math.min(9999, Math.max(999, needed));
  const tested = changes.flatMap(({ before, after }) => {
    const result = rootCause({
      slow: after.spans,
      baseline: before.spans,
      options: {
        seed: options.seed ?? 1,
        permutations,
        slow: { version: after.version },
        baseline: { version: before.version },
      },
    });
    if (!result.comparable) return [];
    const { excessNano, excess, contributions } = result.answer;
    const slower = contributions.filter((one) => {
      const shown = one.rest ?? one;
      return shown.significant && shown.deltaNano > 0;
    });
    const p = Math.min(1, LOOKS * Math.min(excess.p, ...slower.map((one) => (one.rest ?? one).p)));
    return [{ before, after, deltaNano: excessNano, p, top: slower.slice(0, 3) }];
  });
  const corrected = holm(tested.map((one) => one.p));
  return {
    regressions: tested
      .map(({ before, after, deltaNano, top }, i) => ({
        service: after.service,
        endpoint: after.endpoint,
        from: before.version,
        to: after.version,
        deltaNano,
        p: corrected[i]!,
        top,
      }))
      .filter((one) => one.deltaNano > 0 && one.p <= ALPHA)
      .sort((a, b) => b.deltaNano - a.deltaNano || order(keyOf(a), keyOf(b))),
  };
}

function keyOf({ service, endpoint }: { readonly service: string; readonly endpoint: string }): string {
  return `${service}\0${endpoint}`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function changesOf(groups: readonly VersionSpans[]): { before: VersionSpans; after: VersionSpans }[] {
  const byEndpoint = Map.groupBy(groups, keyOf);
  return [...byEndpoint.keys()].sort(order).flatMap((key) => {
    const versions = byEndpoint
      .get(key)!
      .toSorted((a, b) =>
        a.firstUnixNano < b.firstUnixNano
          ? -1
          : a.firstUnixNano > b.firstUnixNano
            ? 1
            : order(a.version, b.version),
      );
    return versions
      .slice(1)
      .map((after, i) => ({ before: versions[i]!, after }))
      .filter(({ before, after }) => Math.min(before.spans.length, after.spans.length) >= LEAST_SPANS);
  });
}

/** Holm's step-down correction: family-wise, without assumptions about dependence. */
function holm(p: readonly number[]): number[] {
  const out = p.map(() => 1);
  let floor = 0;
  p.map((value, i) => ({ value, i }))
    .sort((a, b) => a.value - b.value)
    .forEach(({ value, i }, k) => {
      floor = Math.max(floor, Math.min(1, value * (p.length - k)));
      out[i] = floor;
    });
  return out;
}
