// With an OpenTelemetry SDK in the process, each query of ClickHouse is a span below the request's.
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { traceHeaders, traceIds } from "../src/tracing.ts";
import { startApi, type TestApi } from "./support/api.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let store: TestStore;
let api: TestApi;
beforeAll(async () => {
  store = await testStore();
  api = await startApi(store);
  // After the API asked for its tracer, as an SDK that is loaded late.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
});
afterEach(() => exporter.reset());
afterAll(async () => {
  await api?.close();
  await store?.close();
  await provider.shutdown();
});

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const caller = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };

test("a query is a span of the caller's trace, with its route and its id in ClickHouse", async () => {
  const { headers } = await api.get(`/api/v1/traces/${"a".repeat(32)}`, caller);
  const spans = exporter.getFinishedSpans();
  expect(spans.length).toBeGreaterThan(0);
  for (const span of spans) {
    expect(span.name).toBe("hotspan.query");
    expect(span.spanContext().traceId).toBe(traceId);
    expect(span.parentSpanContext?.spanId).toBe("00f067aa0ba902b7");
    expect(span.attributes).toMatchObject({
      "db.system.name": "clickhouse",
      "http.route": "/api/v1/traces/:traceId",
    });
    expect(span.attributes["hotspan.clickhouse.query_id"]).toMatch(
      new RegExp(`^hotspan-${headers.get("x-request-id")}-\\d+$`),
    );
  }
});

test("a query that fails carries the code, and no text of the statement", async () => {
  expect((await api.post("/api/v1/sql", { query: "SELECT secret FROM nowhere" }, caller)).status).toBe(400);
  const [span] = exporter.getFinishedSpans();
  expect(span?.status).toEqual({ code: 2, message: "bad_parameter" });
  expect(span?.attributes["error.type"]).toBe("bad_parameter");
  expect(JSON.stringify([span?.attributes, span?.events])).not.toContain("nowhere");
});

test("without a caller's context a query begins a trace of its own; the active span is sent on and logged", async () => {
  await api.get("/api/v1/services");
  const roots = exporter.getFinishedSpans();
  expect(roots.length).toBeGreaterThan(0);
  for (const span of roots) expect(span.parentSpanContext).toBeUndefined();
  await trace.getTracer("test").startActiveSpan("x", async (span) => {
    const { traceId: trace_id, spanId: span_id } = span.spanContext();
    expect(traceIds()).toEqual({ trace_id, span_id });
    expect(traceHeaders()["traceparent"]).toBe(`00-${trace_id}-${span_id}-01`);
    span.end();
  });
  expect(traceIds()).toEqual({});
});
