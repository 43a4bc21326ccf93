/** The answer of `POST /root-cause`. Durations are integer ns per span. */
import type { BlameKind, ChildKind, LedgerClass } from "../types.ts";

export interface SideStats {
  readonly spans: number;
  readonly meanNano: number;
  readonly p50Nano: number;
  readonly p95Nano: number;
  /** The shortest and the longest. */
  readonly minNano: number;
  readonly maxNano: number;
}

/** Means of both sides, their difference with its 95 % interval (low ≤ deltaNano ≤ high), and p. */
export interface Difference {
  readonly slowNano: number;
  readonly baselineNano: number;
  readonly deltaNano: number;
  /** deltaNano / excessNano; 0 when there is no excess. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** Corrected for the number of contributions. */
  readonly p: number;
  /** The family-wise error of all that are marked is at most 5 %. */
  readonly significant: boolean;
}

export interface Contribution extends Difference {
  /** 1, 2, … in the order of the list. */
  readonly rank: number;
  readonly class: LedgerClass;
  /** "class": a whole class; those sum to the excess. Others name a part of their class and never overlap. */
  readonly level: "class" | "function" | "blame" | "child";
  readonly function?: string;
  readonly package?: string | null;
  readonly file?: string | null;
  readonly line?: number | null;
  /** The function is the service's own code. */
  readonly ownCode?: boolean;
  /** Own code that called it, where one function did for most of the time. */
  readonly caller?: string;
  /** Whose work held the loop. Absent: no request's (then `blame` says what ran), or that of `function` for many. */
  readonly endpoint?: string;
  readonly blame?: BlameKind;
  readonly child?: string;
  readonly childKind?: ChildKind;
  readonly childService?: string | null;
  /** Traces with most of it, at most 5, most first; of the baseline when it has more. */
  readonly exampleTraceIds: readonly string[];
  /** Of a class with parts in the list: what they leave of it. It is ranked by this. */
  readonly rest?: Difference;
}

export interface AttributeDifference {
  readonly key: string;
  /** At most 64 characters; of numbers may be a bound, as "1,000 and more". */
  readonly value: string;
  readonly slowShare: number;
  readonly baselineShare: number;
  /** Corrected for the number of attribute values. */
  readonly p: number;
}

export type RootCauseWarning =
  /** A side has fewer than 50 spans. */
  | "few_spans"
  /** Less than 80 % of the time was profiled. */
  | "low_coverage"
  /** Spans stood on both sides; they count as slow only. */
  | "sides_overlap"
  /** No class differs by more than chance. */
  | "not_significant";

export interface RootCauseAnswer {
  readonly slow: SideStats;
  readonly baseline: SideStats;
  /** slow.meanNano − baseline.meanNano = Σ deltaNano of the level "class". */
  readonly excessNano: number;
  /** What is named, or differs by more than chance, of the excess; unprofiled time explains nothing. */
  readonly explainedNano: number;
  /** Share of both sides' time that was not `unprofiled`. */
  readonly coverage: number;
  readonly contributions: readonly Contribution[];
  readonly attributes: readonly AttributeDifference[];
  readonly sentence: string;
  /** The sentence in pieces; causes carry their class, to be underlined in its colour. */
  readonly sentenceParts: readonly SentencePart[];
  readonly warnings: readonly RootCauseWarning[];
  /** Test of the spans' durations alone, uncorrected. */
  readonly excess: { readonly low: number; readonly high: number; readonly p: number };
}

export interface SentencePart {
  readonly text: string;
  readonly class?: LedgerClass;
}

/** Fewer than 20 spans on a side: 422 `not_comparable`. */
export interface NotComparable {
  readonly comparable: false;
  readonly code: "not_comparable";
  readonly slowSpans: number;
  readonly baselineSpans: number;
  readonly needed: number;
  readonly detail: string;
}

export interface Comparable {
  readonly comparable: true;
  readonly answer: RootCauseAnswer;
}
