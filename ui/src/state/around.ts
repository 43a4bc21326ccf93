// What other views begin with when one comes from a trace. Pure.
import type { Trace } from "../api/types.ts";
import { toUnixMs } from "../lib/time.ts";
import type { TimeRange } from "./range.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type SpansOf = Pick<Trace, "startUnixNano" | "durationNano"> & {
  readonly spans: readonly Pick<Trace["spans"][number], "spanId" | "service">[];
};

/** The service of a span (of the first one where none is chosen) and the hour around its trace, not beyond now. To the minute. */
export function aroundTrace(
  trace: SpansOf,
  spanId: string | undefined,
  nowMs: number,
): TimeRange & { readonly service?: string } {
  const start = toUnixMs(trace.startUnixNano);
  const end = start + trace.durationNano / 1e6;
  const latest = Math.max(nowMs, end);
  const to = Math.ceil(Math.min(Math.max(start + hourMs / 2, end), latest) / minuteMs) * minuteMs;
  const from = Math.floor(Math.min(to - hourMs, start) / minuteMs) * minuteMs;
  const service = (trace.spans.find((span) => span.spanId === spanId) ?? trace.spans[0])?.service;
  return { ...(service === undefined ? {} : { service }), from, to };
}
