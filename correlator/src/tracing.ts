import {
  type Attributes,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

// Of the API alone: without an SDK, which only the operator brings, all of this does nothing.
const tracer = trace.getTracer("@hotspan/correlator");

export interface SpanOptions {
  readonly kind: "consumer" | "client";
  readonly attributes: Attributes;
  readonly links?: readonly Link[];
}

/** Runs the action within a span; a failure ends it with status error. */
export function inSpan<T>(
  name: string,
  { kind, attributes, links = [] }: SpanOptions,
  action: (span: Span) => Promise<T>,
): Promise<T> {
  const options = {
    kind: kind === "client" ? SpanKind.CLIENT : SpanKind.CONSUMER,
    attributes,
    links: [...links],
  };
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await action(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** `traceparent` and what else the operator's propagator writes of the active span. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

const mostLinks = 32;

/** To the spans in which records were sent, one for each of them. */
export function linksOf(
  records: readonly { readonly headers: Readonly<Record<string, string>> }[],
): readonly Link[] {
  const links = new Map<string, Link>();
  for (const { headers } of records) {
    if (headers["traceparent"] === undefined) continue;
    const sender = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
    if (sender !== undefined) links.set(sender.spanId, { context: sender });
    if (links.size === mostLinks) break;
  }
  return [...links.values()];
}

/** For every line of the log: the active span, if there is one. */
export function traceIds(): { readonly trace_id: string; readonly span_id: string } | Record<string, never> {
  const active = trace.getActiveSpan()?.spanContext();
  return active === undefined ? {} : { trace_id: active.traceId, span_id: active.spanId };
}
