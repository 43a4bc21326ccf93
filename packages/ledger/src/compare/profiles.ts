import { CompareError } from "./errors.ts";
import { MergedFrames, mergeTrees, type ProfileFrame, type ProfileTree, totalsOf } from "./profile-tree.ts";
import { functionDifferences, type Replicates } from "./profile-functions.ts";

export type Normalise = "per_span" | "per_second" | "share";

export interface ProfileSide extends ProfileTree {
  readonly unit: "nanoseconds" | "bytes" | "count";
  readonly total: number;
  readonly samples: number;
  /** Spans the profile is of. */
  readonly spans: number;
  /** Of sampled time: windows of all threads added up. */
  readonly seconds: number;
  /** The same time cut into independent pieces, from which chance is judged. They may be a random subset. Fewer than 8 on a side: no intervals. */
  readonly replicates?: Replicates;
}

export interface FunctionDifference {
  readonly function: string;
  readonly package: string | null;
  readonly file: string | null;
  readonly kind: ProfileFrame["kind"];
  /** Self value, normalised. */
  readonly base: number;
  readonly other: number;
  /** other − base; low ≤ delta ≤ high is its 95 % interval. Null without replicates. */
  readonly delta: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Corrected for the number of functions. */
  readonly p: number | null;
  readonly significant: boolean;
}

/** The answer of `POST /compare`. */
export interface ProfileComparison {
  readonly base: { readonly total: number; readonly samples: number; readonly spans: number };
  readonly other: { readonly total: number; readonly samples: number; readonly spans: number };
  /** Of nodes and functions: "nanoseconds_per_span", "bytes_per_second", "share", … */
  readonly unit: string;
  readonly frames: readonly ProfileFrame[];
  readonly nodes: {
    readonly frame: readonly number[];
    readonly parent: readonly number[];
    readonly baseSelf: readonly number[];
    readonly baseTotal: readonly number[];
    readonly otherSelf: readonly number[];
    readonly otherTotal: readonly number[];
  };
  /** Greatest change first. Their values sum to the roots' totals. */
  readonly functions: readonly FunctionDifference[];
}

export interface CompareProfilesOptions {
  readonly seed?: number;
  readonly permutations?: number;
}

function divisorOf(side: ProfileSide, normalise: Normalise): number {
  switch (normalise) {
    case "per_span":
      return side.spans;
    case "per_second":
      return side.seconds;
    case "share":
      return side.total;
  }
}

/** Two profiles as one tree with both sides' values per node, and every function's self value with what chance leaves of it. */
export function compareProfiles(
  base: ProfileSide,
  other: ProfileSide,
  normalise: Normalise,
  options: CompareProfilesOptions = {},
): ProfileComparison {
  if (base.unit !== other.unit) {
    throw new CompareError("HOTSPAN_COMPARE_BAD_OPTION", `${base.unit} do not compare with ${other.unit}.`);
  }
  const index = new MergedFrames();
  const scaleOf = (side: ProfileSide): ((self: number) => number) => {
    const divisor = divisorOf(side, normalise);
    return divisor > 0 ? (self) => self / divisor : () => 0;
  };
  const merged = mergeTrees(base, other, index, { base: scaleOf(base), other: scaleOf(other) });
  return {
    base: { total: base.total, samples: base.samples, spans: base.spans },
    other: { total: other.total, samples: other.samples, spans: other.spans },
    unit: normalise === "share" ? "share" : `${base.unit}_${normalise}`,
    frames: merged.frames,
    nodes: {
      frame: merged.frame,
      parent: merged.parent,
      baseSelf: merged.baseSelf,
      baseTotal: totalsOf(merged.parent, merged.baseSelf),
      otherSelf: merged.otherSelf,
      otherTotal: totalsOf(merged.parent, merged.otherSelf),
    },
    functions: functionDifferences(merged, base, other, normalise, options),
  };
}
