// Makes one span, then does nothing, in the main thread and in a worker, and says how busy the loops were meanwhile.
const { performance } = require("node:perf_hooks");
const { Worker, isMainThread, parentPort } = require("node:worker_threads");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

async function idleUtilization() {
  new NodeTracerProvider().register();
  api.trace.getTracer("idle").startSpan("once").end();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const before = performance.eventLoopUtilization();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return performance.eventLoopUtilization(before).utilization;
}

if (isMainThread) {
  const worker = new Worker(__filename);
  void Promise.all([
    idleUtilization(),
    new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject)),
  ]).then(([main, other]) => process.stdout.write(`${JSON.stringify({ main, worker: other })}\n`));
} else void idleUtilization().then((utilization) => parentPort.postMessage(utilization));
