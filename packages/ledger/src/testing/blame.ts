import { spanLedger } from "../ledger/ledger.ts";
import { contextsOf, type Corpus } from "./corpus.ts";

/** Points of a span: who held it, by the truth and by the ledger, `endpoint function`, most first. */
export interface SpanBlame {
  readonly spanId: string;
  readonly scenario: string;
  readonly truth: readonly (readonly [who: string, points: number])[];
  readonly ledger: readonly (readonly [who: string, points: number])[];
  /** The truth knows of nobody at all, and the ledger blames somebody for as much as it would take to be held. */
  readonly wronged: boolean;
}

/** Shorter spans are a few ticks long. */
const LEAST_NANO = 300e6;
/** Less is below a tick of the shortest span: not held. */
const HELD_POINTS = 3;
/** Two that held a span this nearly alike are both its first. */
const ALIKE_POINTS = 1;

const COLLECTOR = "(garbage collector)";

export function blamesOf(corpus: Corpus): SpanBlame[] {
  const contextOf = contextsOf(corpus);
  const spans = new Map(corpus.spans.map((span) => [span.spanId, span]));
  return corpus.truths.flatMap(({ traceId, spanId, scenario, blame = [] }) => {
    const span = spans.get(spanId);
    if (span === undefined || span.durationNano < LEAST_NANO) return [];
    const named = new Set(blame.map((each) => each.function));
    const points = (nano: number): number => (100 * nano) / span.durationNano;
    const found = spanLedger(span, {
      ...contextOf(traceId),
      // The innermost of the functions the truth names; the leaf if there is none.
      frameOf: (stack) => {
        const names = corpus.frames.get(stack) ?? [];
        return names.find((name) => named.has(name)) ?? names[0] ?? stack;
      },
    });
    const sums = new Map<string, number>();
    for (const { endpoint, frame, kind, nano } of found.blame) {
      const who = `${endpoint} ${kind === "gc" ? COLLECTOR : frame}`;
      sums.set(who, (sums.get(who) ?? 0) + points(nano));
    }
    const truth = blame
      .filter((each) => each.function !== COLLECTOR)
      .map((each) => [`${each.endpoint} ${each.function}`, points(each.nano)] as const);
    const most = (a: readonly [string, number], b: readonly [string, number]): number => b[1] - a[1];
    const ledger = [...sums].sort(most);
    return [
      {
        spanId,
        scenario,
        truth: truth.filter(([, each]) => each >= HELD_POINTS).sort(most),
        ledger,
        wronged: blame.length === 0 && ledger.reduce((sum, [, each]) => sum + each, 0) >= HELD_POINTS,
      },
    ];
  });
}

/** The ledger's first is the truth's first, or one that held the span as long. */
export function isNamed({ truth, ledger }: SpanBlame): boolean {
  const most = truth[0]?.[1] ?? 0;
  return truth.some(([who, points]) => who === ledger[0]?.[0] && points >= most - ALIKE_POINTS);
}
