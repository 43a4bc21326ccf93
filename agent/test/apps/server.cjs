// A small HTTP service under OpenTelemetry's NodeSDK 2.x that knows nothing of the agent. Prints its port.
// GET /jobs/:id works in two spans; GET /spans answers with the spans exported so far.
process.env.OTEL_LOGS_EXPORTER = "none";
const { trace } = require("@opentelemetry/api");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { BatchSpanProcessor, TraceIdRatioBasedSampler } = require("@opentelemetry/sdk-trace-base");

const spans = [];
const exporter = {
  export(batch, done) {
    for (const span of batch) {
      const { traceId, spanId } = span.spanContext();
      const { name, kind, attributes } = span;
      spans.push({ name, kind, attributes, traceId, spanId });
    }
    done({ code: 0 });
  },
  shutdown: async () => {},
};
new NodeSDK({
  serviceName: "test-server",
  sampler: new TraceIdRatioBasedSampler(Number(process.env.TEST_RATIO ?? 1)),
  spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 50 })],
  instrumentations: [new HttpInstrumentation()],
}).start();

const http = require("node:http");
const tracer = trace.getTracer("app");

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}

const RPC_METADATA = Symbol.for("OpenTelemetry SDK Context Key RPC_METADATA");
const { context } = require("@opentelemetry/api");

const server = http.createServer((request, response) => {
  if (request.url === "/spans") return void response.end(JSON.stringify(spans));
  // What a framework's instrumentation does once it knows the route.
  const metadata = context.active().getValue(RPC_METADATA);
  const span = trace.getActiveSpan();
  void tracer.startActiveSpan("work", async (inner) => {
    spin(20);
    await new Promise((resolve) => setTimeout(resolve, 5));
    spin(30);
    inner.end();
    span?.setAttribute("http.route", "/jobs/:id");
    if (metadata !== undefined) metadata.route = "/jobs/:id";
    response.end("done");
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`PORT ${server.address().port}\n`));
