// A small HTTP service under OpenTelemetry's NodeSDK 2.x that knows nothing of the agent. Prints its port, answers GET /work/:id.
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { trace } = require("@opentelemetry/api");
const spans = [];
const exporter = {
  export(batch, done) {
    for (const span of batch)
      spans.push({
        name: span.name,
        kind: span.kind,
        attributes: span.attributes,
        id: span.spanContext().spanId,
      });
    done({ code: 0 });
  },
  shutdown: async () => {},
};
const sdk = new NodeSDK({
  serviceName: "test-server",
  spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 100 })],
  instrumentations: [new HttpInstrumentation()],
});
process.env.OTEL_LOGS_EXPORTER = "none";
sdk.start();
const http = require("node:http");
const tracer = trace.getTracer("app");
function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
const server = http.createServer((request, response) => {
  if (request.url === "/spans") return void response.end(JSON.stringify(spans));
  const span = trace.getActiveSpan();
  void tracer.startActiveSpan("work", async (inner) => {
    spin(10);
    await new Promise((resolve) => setTimeout(resolve, 5));
    spin(15);
    inner.end();
    span?.setAttribute("http.route", "/work/:id");
    response.end("done");
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`PORT ${server.address().port}\n`));
