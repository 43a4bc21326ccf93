/* oxlint-disable unicorn/no-unnecessary-await, typescript/await-thenable, typescript/no-misused-promises */
// The service of bench/agent-overhead.ts: span-dense, a few hundred microseconds of work a request. Forked with IPC:
// answers every message with the CPU time of the process so far, microseconds.
process.env.OTEL_LOGS_EXPORTER = "none";
const { trace } = require("@opentelemetry/api");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");

new NodeSDK({
  serviceName: "bench",
  autoDetectResources: false,
  spanProcessors: [
    new BatchSpanProcessor({ export: (_, done) => done({ code: 0 }), shutdown: async () => {} }),
  ],
  instrumentations: [new HttpInstrumentation()],
}).start();

const http = require("node:http");
const tracer = trace.getTracer("bench");
const payload = JSON.stringify(
  Array.from({ length: 60 }, (_, id) => ({
    id,
    name: `item${id}`,
    tags: ["a", "b", "c"],
    weight: Math.sqrt(id),
  })),
);

function work() {
  const items = JSON.parse(payload);
  let sum = 0;
  for (const item of items) sum += item.weight * item.id;
  return JSON.stringify(items.map((item) => ({ ...item, sum })));
}
const query = () =>
  tracer.startActiveSpan("query", async (span) => {
    await new Promise(setImmediate);
    const result = work();
    span.end();
    return result;
  });

const server = http.createServer(async (_, response) => {
  trace.getActiveSpan()?.setAttribute("http.route", "/");
  const first = await query();
  for (let i = 0; i < 10; i++) await null;
  const second = await query();
  response.end(first.slice(0, 500) + second.slice(0, 500));
});
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send({ micros: user + system });
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
