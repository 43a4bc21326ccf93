/* oxlint-disable unicorn/no-unnecessary-await, typescript/await-thenable, typescript/no-misused-promises */
// The service that is measured. BENCH_SETUP says what of: its tracer and its profiler, see setups.ts. Three spans a request and
// some 250 µs of CPU, two thirds of it JSON. Forked with IPC; answers "mark" and "facts".
"use strict";
const { createRequire } = require("node:module");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { getHeapStatistics } = require("node:v8");

const setup = process.env.BENCH_SETUP;
const receiver = process.env.BENCH_RECEIVER;
const microsPerSample = Math.round(1e6 / Number(process.env.BENCH_HZ));
const windowMillis = Number(process.env.BENCH_WINDOW_MS);
const fromPeers = createRequire(path.join(__dirname, "../peers/package.json"));

/** Runs `fn` in a span of its own. */
let inSpan;
/** Names the route of the server span. */
let named = () => {};
/** Ends a window now, where the profiler has a way for that; else it does so by itself every `windowMillis`. */
let flush = () => {};

/** What such services have anyway: dd-trace exports its spans to the same place. */
const exporter = ({ OTLPTraceExporter }) => new OTLPTraceExporter({ url: `${receiver}/v1/traces` });

function otelSpans(api) {
  const tracer = api.trace.getTracer("bench");
  inSpan = (name, fn) =>
    tracer.startActiveSpan(name, async (span) => {
      try {
        return await fn();
      } finally {
        span.end();
      }
    });
  named = () => api.trace.getActiveSpan()?.setAttribute("http.route", "/");
}

/** The service under OpenTelemetry's own SDK. */
function otel() {
  process.env.OTEL_LOGS_EXPORTER = "none";
  process.env.OTEL_METRICS_EXPORTER = "none";
  const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
  const { NodeSDK } = require("@opentelemetry/sdk-node");
  const { BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");
  new NodeSDK({
    serviceName: "bench",
    autoDetectResources: false,
    spanProcessors: [new BatchSpanProcessor(exporter(require("@opentelemetry/exporter-trace-otlp-proto")))],
    instrumentations: [new HttpInstrumentation()],
  }).start();
  otelSpans(require("@opentelemetry/api"));
}

/** V8's sampler and nothing else: what any profiler that is built on it costs at least. */
function bareSampler() {
  const { time, encode } = require("@datadog/pprof");
  time.start({
    intervalMicros: microsPerSample,
    durationMillis: 60_000,
    withContexts: false,
    workaroundV8Bug: false,
  });
  flush = () => encode(time.stop(true));
  setInterval(() => flush(), 30_000).unref();
}

const setups = {
  off: otel,
  unlabelled() {
    otel();
    bareSampler();
  },
  // The agent was registered by --require.
  labelled() {
    otel();
    const { hotspan } = require(process.env.BENCH_AGENT);
    flush = () => hotspan().forceFlush();
  },
  pyroscope() {
    otel();
    const { default: Pyroscope } = fromPeers("@pyroscope/nodejs");
    Pyroscope.init({
      serverAddress: receiver,
      appName: "bench",
      flushIntervalMs: windowMillis,
      wall: {
        samplingDurationMs: windowMillis,
        samplingIntervalMicros: microsPerSample,
        collectCpuTime: true,
      },
    });
    Pyroscope.startWallProfiling();
  },
  splunk(profiling = true) {
    const { HttpInstrumentation } = fromPeers("@opentelemetry/instrumentation-http");
    fromPeers("@splunk/otel").start({
      serviceName: "bench",
      endpoint: receiver,
      metrics: false,
      logging: false,
      tracing: {
        spanExporterFactory: () => exporter(fromPeers("@opentelemetry/exporter-trace-otlp-proto")),
        instrumentations: [new HttpInstrumentation()],
      },
      profiling: profiling && {
        callstackInterval: microsPerSample / 1000,
        collectionDuration: windowMillis,
      },
    });
    otelSpans(fromPeers("@opentelemetry/api"));
  },
  "splunk-off": () => setups.splunk(false),
  // Its own tracer, the same spans; its sampler runs at 99 Hz.
  datadog(profiling = true) {
    Object.assign(process.env, {
      DD_TRACE_AGENT_URL: receiver,
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: "false",
      DD_REMOTE_CONFIGURATION_ENABLED: "false",
      DD_TRACE_STARTUP_LOGS: "false",
      DD_PROFILING_PROFILERS: "wall",
      DD_PROFILING_UPLOAD_PERIOD: String(windowMillis / 1000),
    });
    const tracer = fromPeers("dd-trace").init({ service: "bench", profiling, plugins: false });
    tracer.use("http", true);
    inSpan = (name, fn) => tracer.trace(name, fn);
    named = () => tracer.scope().active()?.setTag("http.route", "/");
  },
  "datadog-off": () => setups.datadog(false),
};
setups[setup]();

const http = require("node:http");
const payload = JSON.stringify(
  Array.from({ length: 40 }, (_, id) => ({
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
  inSpan("query", async () => {
    await new Promise(setImmediate);
    return work();
  });

const server = http.createServer(async (_, response) => {
  named();
  const first = await query();
  for (let i = 0; i < 10; i++) await null;
  const second = await query();
  response.end(first.slice(0, 500) + second.slice(0, 500));
});
server.keepAliveTimeout = 600_000;

let mark = performance.eventLoopUtilization();
process.on("message", async (message) => {
  if (message === "mark") mark = performance.eventLoopUtilization();
  if (message === "flush") await flush();
  const { utilization } = performance.eventLoopUtilization(mark);
  const { user, system } = process.cpuUsage();
  const heapBytes = getHeapStatistics().total_physical_size;
  process.send({ utilization, cpuMicros: user + system, heapBytes });
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
