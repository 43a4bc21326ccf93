// The one sentence on top of a trace. Its parts are data, so that the page can set the numbers in bold.
import type { Ledger } from "../api/ledger-types.ts";
import type { Trace } from "../api/types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { causeParts, causesOf } from "../ledger/causes.ts";
import { duration } from "../lib/format.ts";
import type { Waterfall } from "./waterfall.ts";

export function traceSentence(trace: Trace, waterfall: Waterfall, ledger?: Ledger): readonly SentencePart[] {
  const where = whereSentence(trace, waterfall);
  if (ledger === undefined || ledger.rows.length === 0) return where;
  const causes = causeParts(causesOf(ledger).filter((cause) => cause.class !== "unprofiled"));
  if (causes.length === 0) return where;
  const last = where.at(-1);
  // The causes follow the place in the same sentence.
  return typeof last === "string" && last.endsWith(".")
    ? [...where.slice(0, -1), last.slice(0, -1), ...causes, "."]
    : where;
}

function whereSentence(trace: Trace, waterfall: Waterfall): readonly SentencePart[] {
  const root = waterfall.rows[0];
  if (root === undefined) return ["This trace has no spans."];
  const took = duration(trace.durationNano);
  const services = new Set(trace.spans.map((span) => span.service));
  const start: readonly SentencePart[] = root.orphan
    ? ["The spans received cover ", { strong: took }]
    : [`${root.span.name} took `, { strong: took }];

  const heaviest = heaviestService(trace);
  if (services.size === 1 || heaviest === undefined) {
    const only = [...services][0] ?? "";
    return [...start, services.size === 1 ? ` in ${only}.` : "."];
  }
  const all = duration(heaviest.nano) === took;
  if (all) return [...start, `, all of it in ${heaviest.service}.`];
  return [...start, ", ", { strong: sameUnit(heaviest.nano, took) }, ` of them in ${heaviest.service}.`];
}

/** `964` after `982 ms`: the unit is said once where it is the same. */
function sameUnit(nano: number, after: string): string {
  const words = duration(nano);
  const unit = (text: string): string => text.replace(/^[\d.,]+/, "");
  return unit(words) === unit(after) ? words.slice(0, words.length - unit(words).length) : words;
}

/** The service with most time on the critical path; parts of one path do not overlap, so they sum. */
function heaviestService(trace: Trace): { readonly service: string; readonly nano: number } | undefined {
  const serviceOf = new Map(trace.spans.map((span) => [span.spanId, span.service]));
  const sums = new Map<string, number>();
  for (const segment of trace.criticalPath) {
    const service = serviceOf.get(segment.spanId);
    if (service !== undefined) sums.set(service, (sums.get(service) ?? 0) + segment.durationNano);
  }
  let best: { service: string; nano: number } | undefined;
  for (const [service, nano] of sums) {
    if (best === undefined || nano > best.nano || (nano === best.nano && service < best.service)) {
      best = { service, nano };
    }
  }
  return best;
}
