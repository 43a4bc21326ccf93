// One colour per service: the five most present have their own, the rest share a grey.
import type { TraceSpan } from "../api/types.ts";

export type ServiceColour = "p-own" | "p-1" | "p-2" | "p-3" | "p-4" | "p-root";
const order: readonly ServiceColour[] = ["p-own", "p-1", "p-2", "p-4", "p-3"];

export function serviceColours(spans: readonly TraceSpan[]): ReadonlyMap<string, ServiceColour> {
  const busy = new Map<string, number>();
  for (const span of spans)
    busy.set(span.service, (busy.get(span.service) ?? 0) + span.profile.selfSamples + 0.001);
  const ranked = [...busy.keys()].sort((a, b) => (busy.get(b) ?? 0) - (busy.get(a) ?? 0) || (a < b ? -1 : 1));
  return new Map(ranked.map((service, rank) => [service, order[rank] ?? "p-root"]));
}
