// Which endpoints are worth a look: those whose slow requests are furthest from their usual ones. Pure.
import { dayMs } from "../api/look-back.ts";
import type { OperationsAnswer, ServiceInfo } from "../api/types.ts";
import type { RangeName, RangeState } from "../state/range.ts";

export interface Endpoint {
  readonly service: string;
  readonly operation: string;
  readonly spans: number;
  readonly p50Nano: number;
  readonly p95Nano: number;
}

/** What requests arrive at; what a service calls has an endpoint of its own there. */
const arrives: ReadonlySet<string> = new Set(["server", "consumer"]);

/** Those whose p95 is furthest above the median first. Fewer than two spans differ in nothing. */
export function rankEndpoints(
  services: readonly { readonly service: string; readonly operations: OperationsAnswer["operations"] }[],
): readonly Endpoint[] {
  return services
    .flatMap(({ service, operations }) =>
      operations
        .filter(({ kind, spans }) => arrives.has(kind) && spans > 1)
        .map(({ name, spans, p50Nano, p95Nano }) => ({ service, operation: name, spans, p50Nano, p95Nano })),
    )
    .toSorted(
      (a, b) =>
        b.p95Nano - b.p50Nano - (a.p95Nano - a.p50Nano) ||
        (`${a.service} ${a.operation}` < `${b.service} ${b.operation}` ? -1 : 1),
    );
}

/** The two latest of the versions that run beside each other, the later first; undefined where only one does. */
export function twoVersions(
  service: Pick<ServiceInfo, "versions"> | undefined,
): { readonly later: string; readonly earlier: string } | undefined {
  const sorted = (service?.versions ?? []).filter((version) => version !== "").toSorted(byNumber.compare);
  const [later, earlier] = [sorted.at(-1), sorted.at(-2)];
  return later === undefined || earlier === undefined ? undefined : { later, earlier };
}

// 1.10 comes after 1.9.
const byNumber = new Intl.Collator("en", { numeric: true });

const presets: Readonly<Record<RangeName, string>> = {
  "15m": "last 15 minutes",
  "1h": "last hour",
  "6h": "last 6 hours",
  "24h": "last 24 hours",
  // See `lastDayOf`.
  "7d": "last 24 hours",
};

/** Of which time the endpoints' numbers are. */
export function measuredWords({ range, from, to }: RangeState): string {
  if (from === undefined || to === undefined) return presets[range ?? "1h"];
  return to - from > dayMs ? "last 24 hours of this range" : "in this range";
}
