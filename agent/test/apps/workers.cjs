// Spans in the main thread and in workers: some end by themselves, some are terminated, one exits.
const { Worker, isMainThread, workerData } = require("node:worker_threads");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const tracer = api.trace.getTracer("workers");
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
async function work(turns) {
  tracer.startSpan("first").end();
  await delay(150);
  for (let i = 0; i < turns; i++)
    await tracer.startActiveSpan("work", async (span) => {
      spin(20);
      await delay(5);
      span.end();
    });
}

async function main() {
  if (!isMainThread) {
    await work(workerData === "short" ? 20 : 1e6);
    if (workerData === "exit") process.exit(0);
    return;
  }
  const started = ["short", "short", "long", "long", "long"].map((kind) => {
    const worker = new Worker(__filename, { workerData: kind });
    return { kind, worker, ended: new Promise((resolve) => worker.once("exit", resolve)) };
  });
  await work(10);
  for (const { kind, worker } of started)
    if (kind === "long") await delay(300).then(() => worker.terminate());
  await Promise.all(started.map(({ ended }) => ended));
  process.stdout.write("done\n");
}
void main();
