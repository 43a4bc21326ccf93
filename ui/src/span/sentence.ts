// The one sentence on top of a span, from its profile. The time ledger will say more; this says only what
// samples show.
import type { SpanProfile, TraceSpan } from "../api/types.ts";
import { gcTotal, hotPlace } from "../flamegraph/hotpath.ts";
import type { FlameTree } from "../flamegraph/tree.ts";
import { duration } from "../lib/format.ts";

export type SpanSentencePart = string | { readonly strong: string; readonly mark?: "self" | "gc" };

export function spanSentence(
  span: TraceSpan,
  answer: SpanProfile | undefined,
  tree: FlameTree | undefined,
): readonly SpanSentencePart[] {
  const start: readonly SpanSentencePart[] = [`${span.name} took `, { strong: duration(span.durationNano) }];
  const total = answer?.profile?.total ?? 0;
  if (
    answer?.state !== "ready" ||
    tree === undefined ||
    answer.profile?.unit !== "nanoseconds" ||
    total <= 0
  ) {
    return [...start, "."];
  }
  const causes: SpanSentencePart[] = [];
  const hot = hotPlace(tree);
  if (hot !== undefined) {
    const where =
      hot.within === undefined ? hot.frame.function : `${hot.frame.function} in ${hot.within.function}`;
    causes.push({ strong: duration(hot.total), mark: "self" }, ` ${where}`);
  }
  const gc = gcTotal(tree);
  // Named only where it is a cause worth a clause.
  if (gc >= 0.05 * total) {
    if (causes.length > 0) causes.push(", ");
    causes.push({ strong: duration(gc), mark: "gc" }, " garbage collection");
  }
  // What samples show is not what took long where the span mostly waited.
  const seen: readonly SpanSentencePart[] =
    causes.length > 0 && total >= 0.5 * span.durationNano
      ? []
      : [", ", { strong: duration(total) }, " of them with its code on the thread"];
  if (causes.length === 0) {
    // A handful of samples is spread by chance.
    const spread = answer.profile.samples >= 10 ? ", spread over many functions." : ".";
    return [...start, ...seen, spread];
  }
  return [...start, ...seen, ": ", ...causes, "."];
}
