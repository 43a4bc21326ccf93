// Worker threads that come and go, hundreds of them, each with spans. Prints what the process holds meanwhile.
const { readdirSync } = require("node:fs");
const { Worker, isMainThread, workerData } = require("node:worker_threads");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const tracer = api.trace.getTracer("soak");

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
const work = () =>
  tracer.startActiveSpan("work", async (span) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    spin(10);
    span.end();
  });

async function main() {
  await work();
  if (!isMainThread) {
    if (workerData % 3 === 1) process.exit(0);
    return;
  }
  const total = Number(process.argv[2]);
  const seen = [];
  let started = 0;
  const one = () =>
    new Promise((resolve) => {
      const number = started++;
      const worker = new Worker(__filename, { workerData: number });
      worker.once("exit", resolve);
      // Some are terminated at any moment.
      if (number % 3 === 2) setTimeout(() => void worker.terminate(), 40 * Math.random());
    });
  const lane = async () => {
    while (started < total) {
      if (started % 20 === 0)
        seen.push({
          started,
          rss: process.memoryUsage().rss,
          fds: readdirSync("/proc/self/fd").length,
          tasks: readdirSync("/proc/self/task").length,
        });
      await one();
    }
  };
  await Promise.all([lane(), lane()]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const resources = process.getActiveResourcesInfo();
  seen.push({
    started,
    rss: process.memoryUsage().rss,
    fds: readdirSync("/proc/self/fd").length,
    tasks: readdirSync("/proc/self/task").length,
  });
  process.stdout.write(JSON.stringify({ seen, resources }));
}
void main();
