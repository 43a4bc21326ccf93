import type { Meta } from "./corpus.ts";
import type { Pair, SpanResult } from "./evaluate.ts";

/** Name of the variation that changes nothing. */
export const RECORDED = "as recorded";

export interface ScenarioReport {
  readonly scenario: string;
  readonly spans: number;
  readonly pairs: number;
  /** Shares of the pairs. */
  readonly within3: number;
  /** Points of the span, absolute: mean over pairs, and the worst with its class. */
  readonly meanError: number;
  readonly worst: { readonly class: string; readonly points: number; readonly spanId: string };
}

export interface CorpusReport {
  readonly corpus: string;
  readonly node: string;
  readonly method: string;
  readonly variation: string;
  readonly spans: number;
  readonly dropped: number;
  /** Of a span and a class that truth or ledger gives at least one point. */
  readonly pairs: number;
  readonly within3: number;
  readonly within1: number;
  readonly meanError: number;
  /** Truths inside the 95 % interval (`width`: the intervals' mean width in points). */
  readonly covered: number;
  /** The same, granting the truth the millisecond by which it may itself be wrong. */
  readonly coveredNearly: number;
  readonly width: number;
  /** Spans all of whose classes are within 3 points. */
  readonly wholeSpans: number;
  readonly blamePairs: number;
  readonly blameWithin3: number;
  /** Spans of at least 300 ms that one endpoint and function held for 3 points or more, and those whose first blame it is. */
  readonly held: number;
  readonly named: number;
  /** Classes but `unprofiled` that moved by more than 3 points against the corpus as it was recorded. */
  readonly moved: number;
  readonly scenarios: readonly ScenarioReport[];
}

const error = ({ truth, share }: Pair): number => Math.abs(share - truth) * 100;
const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
const round = (value: number, digits = 3): number => Number(value.toFixed(digits));
const shareOf = <T>(items: readonly T[], holds: (item: T) => boolean): number =>
  items.length === 0 ? 1 : round(items.filter(holds).length / items.length, 4);

export function summarise(
  corpus: string,
  meta: Meta,
  variation: string,
  results: readonly SpanResult[],
  base: readonly SpanResult[],
): CorpusReport {
  const pairs = results.flatMap((result) => result.pairs);
  const blame = results.flatMap((result) => result.blame);
  const methods = new Set(results.map(({ ledger }) => ledger.coverage.method));
  return {
    corpus,
    node: meta.node,
    method: [...methods].toSorted().join(", "),
    variation,
    spans: results.length,
    dropped: Object.values(meta.dropped).reduce((sum, count) => sum + count, 0),
    pairs: pairs.length,
    within3: shareOf(pairs, (pair) => error(pair) <= 3),
    within1: shareOf(pairs, (pair) => error(pair) <= 1),
    meanError: round(mean(pairs.map(error))),
    covered: shareOf(pairs, ({ truth, low, high }) => low <= truth && truth <= high),
    coveredNearly: shareOf(pairs, ({ truth, low, high, own }) => low - own <= truth && truth <= high + own),
    width: round(mean(pairs.map(({ low, high }) => (high - low) * 100)), 2),
    wholeSpans: shareOf(results, (result) => result.pairs.every((pair) => error(pair) <= 3)),
    blamePairs: blame.length,
    blameWithin3: shareOf(blame, (pair) => error(pair) <= 3),
    ...namedAmong(results),
    moved: results.reduce((sum, result, i) => sum + movedClasses(result, base[i] as SpanResult), 0),
    scenarios: [...Map.groupBy(results, ({ truth }) => truth.scenario)]
      .map(([scenario, group]) => scenarioReport(scenario, group))
      .toSorted((a, b) => b.worst.points - a.worst.points),
  };
}

const HELD_NANO = 300e6;
const HELD_SHARE = 0.03;
/** Two that held a span this nearly alike are both its first. */
const ALIKE_SHARE = 0.01;

function namedAmong(results: readonly SpanResult[]): Pick<CorpusReport, "held" | "named"> {
  const held = results
    .filter(({ truth }) => truth.durationNano >= HELD_NANO)
    .map(({ blame }) => blame.filter((pair) => !pair.class.endsWith("(garbage collector)")))
    .map((blame) => ({ blame, most: Math.max(0, ...blame.map(({ truth }) => truth)) }))
    .filter(({ most }) => most >= HELD_SHARE);
  const named = held.filter(({ blame, most }) => {
    const first = blame.toSorted((a, b) => b.share - a.share)[0];
    return first !== undefined && first.truth >= most - ALIKE_SHARE;
  });
  return { held: held.length, named: named.length };
}

function movedClasses({ ledger }: SpanResult, base: SpanResult): number {
  const shares = (of: SpanResult["ledger"]) => new Map(of.rows.map((row) => [row.class, row.share]));
  const now = shares(ledger);
  const then = shares(base.ledger);
  return [...new Set([...now.keys(), ...then.keys()])].filter(
    (name) => name !== "unprofiled" && Math.abs((now.get(name) ?? 0) - (then.get(name) ?? 0)) > 0.03,
  ).length;
}

function scenarioReport(scenario: string, results: readonly SpanResult[]): ScenarioReport {
  const all = results.flatMap(({ truth, pairs }) => pairs.map((pair) => ({ pair, spanId: truth.spanId })));
  const worst = all.toSorted((a, b) => error(b.pair) - error(a.pair))[0];
  return {
    scenario,
    spans: results.length,
    pairs: all.length,
    within3: shareOf(all, ({ pair }) => error(pair) <= 3),
    meanError: round(mean(all.map(({ pair }) => error(pair)))),
    worst: {
      class: worst?.pair.class ?? "",
      points: round(worst === undefined ? 0 : error(worst.pair), 2),
      spanId: worst?.spanId ?? "",
    },
  };
}
