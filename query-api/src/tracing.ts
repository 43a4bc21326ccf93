import {
  context,
  type Context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { ApiError } from "./errors.ts";

// Of the API alone: without an SDK, which only the operator brings, all of this does nothing.
const tracer = trace.getTracer("@hotspan/query-api");

/** The context of a request: of the operator's instrumentation, else of its own `traceparent`. */
export function contextOf(headers: object): Context {
  return trace.getActiveSpan() === undefined
    ? propagation.extract(context.active(), headers)
    : context.active();
}

export interface QuerySpan {
  readonly parent: Context;
  /** As in the contract: `/api/v1/traces/:traceId`. */
  readonly route: string;
  readonly queryId: string;
}

/** Runs a query of ClickHouse within a span `hotspan.query`; of a failure it carries the code, never the text. */
export function inQuerySpan<T>(
  { parent, route, queryId }: QuerySpan,
  action: (span: Span) => Promise<T>,
): Promise<T> {
  const attributes = {
    "db.system.name": "clickhouse",
    "http.route": route,
    "hotspan.clickhouse.query_id": queryId,
  };
  return tracer.startActiveSpan(
    "hotspan.query",
    { kind: SpanKind.CLIENT, attributes },
    parent,
    async (span) => {
      try {
        return await action(span);
      } catch (error) {
        const type = error instanceof ApiError ? error.code : "internal";
        span.setAttribute("error.type", type);
        span.setStatus({ code: SpanStatusCode.ERROR, message: type });
        throw error;
      } finally {
        span.end();
      }
    },
  );
}

/** `traceparent` and what else the operator's propagator writes of the active span. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** For every line of the log: the active span, if there is one. */
export function traceIds(): { readonly trace_id: string; readonly span_id: string } | Record<string, never> {
  const active = trace.getActiveSpan()?.spanContext();
  return active === undefined ? {} : { trace_id: active.traceId, span_id: active.spanId };
}
