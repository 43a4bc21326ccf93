// A loop that never waits, in spans, on many different stacks of one depth; ends a window now and then, and tells by IPC how
// long the longest turn around that was. See ../agent-flush.ts.
"use strict";
process.env.OTEL_LOGS_EXPORTER = "none";
process.env.OTEL_METRICS_EXPORTER = "none";
const { performance } = require("node:perf_hooks");
const { runInThisContext } = require("node:vm");
const { setImmediate: turn } = require("node:timers/promises");
const { trace } = require("@opentelemetry/api");
const { NodeSDK } = require("@opentelemetry/sdk-node");

const depth = Number(process.env.BENCH_DEPTH);
const windows = Number(process.env.BENCH_WINDOWS);
const windowMillis = Number(process.env.BENCH_WINDOW_MS);
const agent = process.env.BENCH_PROFILER === "agent";

const WAYS = 60;

/** Functions that call each other down to `depth`, each time another way: 64 names on each of the levels. */
const functions = Array.from({ length: 64 }, (_, i) =>
  runInThisContext(`(spin) => function level${i}(left, seed, next) {
    if (left === 0) return spin();
    return next[(seed >> (left % 24)) & 63](left - 1, seed, next) + 1;
  }`)(spin),
);
function spin() {
  const end = performance.now() + 0.3;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}

const cpuMillis = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

// Of a turn both its time and the CPU it used: on a busy machine a thread that waits for a processor is no stall of anybody's.
let longest = { wall: 0, cpu: 0 };
let last = { wall: performance.now(), cpu: cpuMillis() };
function look() {
  const now = { wall: performance.now(), cpu: cpuMillis() };
  longest = {
    wall: Math.max(longest.wall, now.wall - last.wall),
    cpu: Math.max(longest.cpu, now.cpu - last.cpu),
  };
  last = now;
}
const take = () => {
  const stall = longest;
  longest = { wall: 0, cpu: 0 };
  return stall;
};

let path = 0;
let tracer;
function work() {
  // As many ways down as a service has busy places.
  path = (path + 1) % WAYS;
  const seed = Math.imul(path + 1, 2_654_435_761) >>> 8;
  const call = () => functions[seed & 63](depth, seed, functions);
  if (tracer === undefined) call();
  else
    tracer.startActiveSpan("request", (span) => {
      call();
      span.end();
    });
}
async function during(millis) {
  const end = performance.now() + millis;
  while (performance.now() < end) {
    work();
    look();
    await turn();
  }
  look();
}

async function main() {
  await during(500);
  take();
  new NodeSDK({ serviceName: "flush", autoDetectResources: false, traceExporter: nowhere }).start();
  tracer = trace.getTracer("flush");
  const flush = agent ? flushOf(require(process.env.BENCH_AGENT)) : stock();
  await during(1000);
  const start = take();
  const flushes = [];
  const usual = { wall: 0, cpu: 0 };
  for (let i = 0; i < windows; i++) {
    await during(windowMillis);
    const stall = take();
    usual.wall = Math.max(usual.wall, stall.wall);
    usual.cpu = Math.max(usual.cpu, stall.cpu);
    const began = performance.now();
    let over = false;
    const flushing = Promise.resolve(flush()).then(() => (over = true));
    look();
    // No work of its own, so that all CPU from here on is the flush's.
    while (!over || performance.now() - began < 20) {
      look();
      await turn();
    }
    await flushing;
    flushes.push(take());
  }
  process.send({ start, flushes, usual }, () => process.exit());
}
const nowhere = { export: (_, done) => done({ code: 0 }), shutdown: async () => {} };
const flushOf =
  ({ hotspan }) =>
  () =>
    hotspan().forceFlush();

/** The public API of the sampler, with the span objects as contexts. */
function stock() {
  const { time, encode } = require("@datadog/pprof");
  time.start({
    intervalMicros: Math.round(1e6 / Number(process.env.BENCH_HZ)),
    durationMillis: 60_000,
    withContexts: true,
    useCPED: true,
    collectCpuTime: true,
    workaroundV8Bug: false,
  });
  return () => encode(time.stop(true, ({ context }) => (context === undefined ? {} : { span: "1" })));
}
void main();
