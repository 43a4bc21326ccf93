// With an OpenTelemetry SDK in the process, the correlator's own work is traced; without one nothing is.
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { startCorrelator, type Correlator } from "@hotspan/correlator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inSpan, linksOf, traceHeaders, traceIds } from "../src/tracing.ts";
import { message, newInstance, post } from "./support/windows.ts";
import { eventually, startWorld, type World } from "./support/world.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let world: World;
let correlator: Correlator;
beforeAll(async () => {
  world = await startWorld();
  correlator = await startCorrelator({
    port: 0,
    clickhouse: world.clickhouse,
    dataDir: `${world.folder}/data`,
    logLevel: "silent",
  });
});
afterAll(async () => {
  await correlator?.close();
  await world?.close();
  await provider.shutdown();
});

test("without an SDK there is nothing to send and nothing to log", async () => {
  await inSpan("x", { kind: "client", attributes: {} }, () => {
    expect([traceHeaders(), traceIds()]).toEqual([{}, {}]);
    return Promise.resolve();
  });
  expect(linksOf([{ headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` } }])).toEqual([]);
});

test("a batch is a span whose inserts are its children, and which links to who sent the records", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  // After the correlator's modules asked for their tracer, as an SDK that is loaded late.
  trace.setGlobalTracerProvider(provider);

  const instance = newInstance();
  expect(await post(correlator.url, (await message({ instance, seq: 0 })).value)).toBe(202);
  const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
  await eventually("the batch", () => Promise.resolve(named("hotspan.batch").length > 0));
  const [batch] = named("hotspan.batch");
  expect(batch?.attributes).toMatchObject({
    "hotspan.kind": "profiles",
    "hotspan.partition": 0,
    "hotspan.records": 1,
    "hotspan.inherited": false,
  });
  const inserts = named("hotspan.insert");
  const tables = inserts.map(({ attributes }) => attributes["db.collection.name"]);
  expect(tables).toContain("profile_samples");
  expect(tables.at(-1)).toBe("profile_windows");
  for (const insert of inserts) {
    expect(insert.parentSpanContext?.spanId).toBe(batch?.spanContext().spanId);
    expect(insert.attributes).toMatchObject({
      "db.system.name": "clickhouse",
      "db.operation.name": "INSERT",
    });
  }
  const rows = inserts.reduce((sum, { attributes }) => sum + Number(attributes["hotspan.rows"]), 0);
  expect(batch?.attributes["hotspan.rows"]).toBe(rows);
});

test("a failure ends the span with an error; the active span is in what is sent and logged", async () => {
  exporter.reset();
  let ids: object = {};
  let headers: Record<string, string> = {};
  await expect(
    inSpan("failing", { kind: "client", attributes: {} }, () => {
      ids = traceIds();
      headers = traceHeaders();
      return Promise.reject(new Error("no"));
    }),
  ).rejects.toThrow("no");
  const [span] = exporter.getFinishedSpans();
  const { traceId, spanId } = span!.spanContext();
  expect(span?.status).toEqual({ code: 2, message: "Error: no" });
  expect(ids).toEqual({ trace_id: traceId, span_id: spanId });
  expect(headers["traceparent"]).toBe(`00-${traceId}-${spanId}-01`);
  // Records that were sent within it lead back to it, once.
  const links = linksOf([{ headers }, { headers: {} }, { headers }, { headers: { traceparent: "rubbish" } }]);
  expect(links.map((link) => [link.context.traceId, link.context.spanId])).toEqual([[traceId, spanId]]);
});
