import { spanLedger } from "../ledger/ledger.ts";
import { LEDGER_CLASSES } from "../types.ts";
import { contextsOf, type Corpus } from "./corpus.ts";

/** One class of one span: what the ledger says, and what was true. Points are per cent of the span. */
export interface Pair {
  readonly scenario: string;
  readonly spanId: string;
  readonly class: string;
  readonly durationNano: number;
  readonly nano: number;
  readonly truth: number;
  readonly low: number;
  readonly high: number;
  readonly points: number;
}

/** Truth itself is off by clock readings, timers that know whole milliseconds and the machine's own noise. */
const TRUTH_NANO = 1e6;

/** All pairs of which the ledger or the truth has at least 1 % of the span. */
export function pairsOf(corpus: Corpus): Pair[] {
  const contextOf = contextsOf(corpus);
  const spans = new Map(corpus.spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
  const pairs: Pair[] = [];
  for (const truth of corpus.truths) {
    const span = spans.get(`${truth.traceId}/${truth.spanId}`);
    if (span === undefined) continue;
    const ledger = spanLedger(span, contextOf(truth.traceId));
    for (const name of LEDGER_CLASSES) {
      const row = ledger.rows.find((each) => each.class === name);
      const nano = row?.nano ?? 0;
      const known = truth.classes[name] ?? 0;
      if (Math.max(nano, known) < 0.01 * span.durationNano) continue;
      pairs.push({
        scenario: truth.scenario,
        spanId: truth.spanId,
        class: name,
        durationNano: span.durationNano,
        nano,
        truth: known,
        low: row?.low ?? 0,
        high: row?.high ?? 0,
        points: (100 * (nano - known)) / span.durationNano,
      });
    }
  }
  return pairs;
}

export interface Accuracy {
  readonly pairs: number;
  /** Shares, 0 to 1. */
  readonly within3: number;
  readonly within1: number;
  readonly covered: number;
}

export function accuracyOf(pairs: readonly Pair[]): Accuracy {
  const share = (good: (pair: Pair) => boolean): number =>
    pairs.length === 0 ? 0 : pairs.filter(good).length / pairs.length;
  // What nobody saw is never a success, however small its error.
  const seen = (pair: Pair): boolean => pair.class !== "unprofiled";
  return {
    pairs: pairs.length,
    within3: share((pair) => seen(pair) && Math.abs(pair.points) <= 3),
    within1: share((pair) => seen(pair) && Math.abs(pair.points) <= 1),
    covered: share(({ low, high, truth }) => truth >= low - TRUTH_NANO && truth <= high + TRUTH_NANO),
  };
}
