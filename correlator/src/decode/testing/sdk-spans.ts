import { type Link, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { ROOT_CONTEXT } from "@opentelemetry/api";

/** A few spans as the OpenTelemetry SDK for JavaScript puts them into OTLP, in both encodings. */
export async function sdkMessages(atMs: number): Promise<{ protobuf: Uint8Array; json: Uint8Array }> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "sdk",
      "process.pid": 7,
      "process.command_args": ["a", "b"],
    }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("scope", "1.2");
  const root = tracer.startSpan("GET /cart", { kind: SpanKind.SERVER, startTime: atMs }, ROOT_CONTEXT);
  const link: Link = { context: root.spanContext(), attributes: { why: "test" } };
  const child = tracer.startSpan(
    "select ✓",
    { kind: SpanKind.CLIENT, startTime: atMs + 1, links: [link] },
    trace.setSpan(ROOT_CONTEXT, root),
  );
  child.setAttributes({
    i: 3,
    d: 1.5,
    big: 2 ** 53,
    b: true,
    list: [1, 2.5],
    texts: ["x", "ü"],
    "": "no key",
  });
  child.addEvent("exception", { "exception.message": "oops" }, atMs + 2);
  child.setStatus({ code: SpanStatusCode.ERROR, message: "bad" });
  child.end(atMs + 3);
  root.end(atMs + 5);
  await provider.forceFlush();
  const spans = exporter.getFinishedSpans();
  const protobuf = ProtobufTraceSerializer.serializeRequest(spans);
  const json = JsonTraceSerializer.serializeRequest(spans);
  if (protobuf === undefined || json === undefined) throw new Error("nothing was serialised");
  return { protobuf, json };
}
