// The one sentence on top of a span: from its ledger, and from its profile where the ledger is missing.
import type { Ledger } from "../api/ledger-types.ts";
import type { ProfileState, SpanProfile, TraceSpan } from "../api/types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { gcTotal, hotPlace } from "../flamegraph/hotpath.ts";
import type { FlameTree } from "../flamegraph/tree.ts";
import { causeParts, causesOf, type HotWords } from "../ledger/causes.ts";
import type { Own } from "../ledger/holders.ts";
import { isUnseen } from "../ledger/view.ts";
import { duration } from "../lib/format.ts";
import { functionWords, hasName } from "../text/function-words.ts";

interface Evidence {
  readonly ledger?: Ledger | undefined;
  readonly answer?: SpanProfile | undefined;
  readonly tree?: FlameTree | undefined;
  readonly own?: Own | undefined;
}

export function spanSentence(span: TraceSpan, evidence: Evidence): readonly SentencePart[] {
  const { ledger } = evidence;
  const start: readonly SentencePart[] = [`${span.name} took `, { strong: duration(span.durationNano) }];
  if (ledger?.state === "ready" && ledger.rows.length > 0) {
    if (isUnseen(ledger.rows, ledger.durationNano)) return [...start, ", not profiled."];
    const causes = causeParts(causesOf(ledger, hotWords(evidence), evidence.own));
    return causes.length === 0 ? [...start, ", spread over many causes."] : [...start, ...causes, "."];
  }
  const state = ledger?.state ?? evidence.answer?.state;
  if (state !== undefined && state !== "ready") return [...start, `, ${unseenWords(state, span.service)}.`];
  return fromProfile(span, start, evidence);
}

function unseenWords(state: Exclude<ProfileState, "ready">, service: string): string {
  switch (state) {
    case "pending":
      return "its samples are on their way";
    case "too_short":
      return "too short to be profiled";
    case "not_sampled":
      return "not profiled: not sampled";
    case "no_agent":
      return `not profiled: no agent on ${service}`;
    case "lost":
      return "not profiled: its samples were lost";
    case "expired":
      return "its samples are no longer kept";
    case "unsupported":
      return "not profiled: not supported on its platform";
  }
}

/** Where most of the span's own samples were. */
export function hotWords({ answer, tree }: Evidence): HotWords | undefined {
  if (tree === undefined || answer?.state !== "ready" || answer.profile?.unit !== "nanoseconds")
    return undefined;
  const hot = hotPlace(tree);
  if (hot === undefined) return undefined;
  const { frame, within } = hot;
  const { sentence } = functionWords(frame, within?.function);
  const named = within !== undefined && hasName(frame.function) && hasName(within.function);
  return { words: named ? `${sentence} in ${within.function}` : sentence, nano: hot.total };
}

function fromProfile(
  span: TraceSpan,
  start: readonly SentencePart[],
  { answer, tree }: Evidence,
): readonly SentencePart[] {
  const total = answer?.profile?.total ?? 0;
  if (tree === undefined || answer?.profile?.unit !== "nanoseconds" || total <= 0) return [...start, "."];
  const causes: SentencePart[] = [];
  const hot = hotWords({ answer, tree });
  if (hot !== undefined) causes.push({ strong: duration(hot.nano), mark: "cpu.self" }, ` ${hot.words}`);
  const gc = gcTotal(tree);
  // Named only where it is a cause worth a clause.
  if (gc >= 0.05 * total) {
    if (causes.length > 0) causes.push(", ");
    causes.push({ strong: duration(gc), mark: "gc" }, " garbage collection");
  }
  // What samples show is not what took long where the span mostly waited.
  const seen: readonly SentencePart[] =
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
