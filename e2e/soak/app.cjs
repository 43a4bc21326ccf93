/* oxlint-disable unicorn/no-unnecessary-await, typescript/await-thenable, typescript/no-misused-promises */
// The service under load: three spans a request, timers, promises, JSON. Forked with IPC, over which its agent is told to stop,
// to start with other options, and what the process holds at rest is asked for. SOAK_ENDING: what it does on SIGTERM.
"use strict";
process.env.OTEL_LOGS_EXPORTER = "none";
process.env.OTEL_METRICS_EXPORTER = "none";
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");
new NodeSDK({
  serviceName: "soak",
  autoDetectResources: false,
  spanProcessors: [
    new BatchSpanProcessor({ export: (_, done) => done({ code: 0 }), shutdown: async () => {} }),
  ],
  instrumentations: [new HttpInstrumentation()],
}).start();
const { readdirSync } = require("node:fs");
const { subscribe } = require("node:diagnostics_channel");
const http = require("node:http");
const api = require("@opentelemetry/api");

const agent = process.env.SOAK_AGENT === "on" ? require("@hotspan/agent") : undefined;
const tracer = api.trace.getTracer("soak");
const payload = JSON.stringify(
  Array.from({ length: 40 }, (_, id) => ({ id, name: `item${id}`, tags: ["a", "b"], weight: Math.sqrt(id) })),
);
const inSpan = (name, fn) =>
  tracer.startActiveSpan(name, async (span) => {
    try {
      return await fn();
    } finally {
      span.end();
    }
  });

function work() {
  let sum = 0;
  const items = JSON.parse(payload);
  for (const { weight, id } of items) sum += weight * id;
  return JSON.stringify(items.map((item) => ({ ...item, sum })));
}

const server = http.createServer(async (request, response) => {
  api.trace.getActiveSpan()?.setAttribute("http.route", "/items/:id");
  const first = await inSpan("query", async () => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return work();
  });
  const run = () => inSpan("render", async () => (await null, work()));
  const second = await (agent?.withLabels({ tenant: request.url.slice(-1) }, run) ?? run());
  // What was under way when the server closed would else keep its connection, and the process.
  if (!server.listening) response.setHeader("connection", "close");
  response.end(`${first.length} ${second.length}`);
});
// Between two requests of one connection of the load.
server.keepAliveTimeout = 600_000;

const closed = (then) => {
  server.close(then);
  server.closeIdleConnections();
};
const endings = {
  killed: undefined,
  closes: () => closed(() => process.disconnect()),
  exits: () => closed(() => process.exit(0)),
};
const ending = endings[process.env.SOAK_ENDING];
if (ending !== undefined) process.on("SIGTERM", ending);

/** Windows of which the agent says itself that they will not come. */
let dropped = 0;
subscribe("hotspan:dropped", () => dropped++);

/** What the process holds once all that nobody refers to is gone. */
async function held() {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  // The load's own are as many as it needed so far.
  const connections = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  return {
    rss,
    heapUsed,
    external,
    arrayBuffers,
    files: readdirSync("/proc/self/fd").length - connections,
    threads: readdirSync("/proc/self/task").length,
    handles: process.getActiveResourcesInfo().length - connections,
    dropped,
  };
}

const orders = {
  stop: () => agent?.stop(),
  start: ({ options }) => agent?.start(options),
  held,
};
process.on("message", async (message) => {
  const answer = await orders[message.order](message);
  process.send({ answer });
});
server.listen(0, "127.0.0.1", () => process.send({ answer: server.address().port }));
