// The one sentence on top of a trace. Its parts are data, so that the page can set the numbers in bold.
import type { Ledger } from "../api/ledger-types.ts";
import type { Trace } from "../api/types.ts";
import type { SentencePart } from "../components/Sentence.tsx";
import { causeParts, causesOf } from "../ledger/causes.ts";
import { ownOf } from "../ledger/holders.ts";
import { duration } from "../lib/format.ts";
import type { Waterfall } from "./waterfall.ts";

export function traceSentence(trace: Trace, waterfall: Waterfall, ledger?: Ledger): readonly SentencePart[] {
  const root = waterfall.rows[0];
  if (root === undefined) return ["This trace has no spans."];
  const start: readonly SentencePart[] = [
    root.orphan ? "The spans received cover " : `${root.span.name} took `,
    { strong: duration(trace.durationNano) },
  ];
  const place = placeOf(trace);
  const causes =
    ledger === undefined
      ? []
      : causesOf(ledger, undefined, ownOf(trace.traceId, trace.spans)).filter(
          (cause) => cause.class !== "unprofiled",
        );
  const caused = causes.reduce((sum, { nano }) => sum + nano, 0);
  // Causes are of all services: behind a place that took less they would read as its own.
  return [...start, ...(caused > place.nano ? [] : place.parts), ...causeParts(causes), "."];
}

interface Place {
  readonly nano: number;
  readonly parts: readonly SentencePart[];
}

/** The service that took most of the time; no parts where none is known. */
function placeOf(trace: Trace): Place {
  const whole = trace.durationNano;
  const services = new Set(trace.spans.map((span) => span.service));
  if (services.size === 1) return { nano: whole, parts: [` in ${[...services][0] ?? ""}`] };
  const heaviest = heaviestService(trace);
  if (heaviest === undefined) return { nano: whole, parts: [] };
  const { service, nano } = heaviest;
  const took = duration(whole);
  return duration(nano) === took
    ? { nano: whole, parts: [`, all of it in ${service}`] }
    : { nano, parts: [", ", { strong: sameUnit(nano, took) }, ` of them in ${service}`] };
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
