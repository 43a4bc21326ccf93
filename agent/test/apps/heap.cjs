// Keeps what it allocates, within a span; argv[2] is what it is to end like: alive, exit, oom; or workers, of which worker-oom dies alone.
const { isMainThread, Worker } = require("node:worker_threads");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

const service = process.env.TEST_SERVICE;
new NodeTracerProvider(
  service === undefined
    ? {}
    : {
        resource: require("@opentelemetry/sdk-node").resources.resourceFromAttributes({
          "service.name": service,
        }),
      },
).register();
const tracer = api.trace.getTracer("heap");
const kept = [];

function remember(count) {
  const items = [];
  for (let i = 0; i < count; i++) items.push({ id: i, text: `item ${i}` });
  kept.push(items);
}
// A name that has to be escaped wherever it is written as JSON.
const odd = {
  'say "hello"\\': function (count) {
    kept.push(Array.from({ length: count }, (_, i) => [i]));
  },
};
function forget(count) {
  for (let i = 0; i < count; i++) globalThis.last = { id: i, text: `item ${i}` };
}

const [, , ending] = process.argv;
// Little by little: what was allocated before the agent had started is not seen.
let rounds = 0;
function work() {
  if (++rounds < 300)
    tracer.startActiveSpan("work", (span) => {
      remember(5000);
      odd['say "hello"\\'](5000);
      forget(20_000);
      globalThis.gc?.();
      span.end();
    });
}
setInterval(work, 20);
if (ending === "exit") setTimeout(() => process.exit(0), 2500);
if (ending === "oom") setTimeout(() => setInterval(() => remember(50_000), 1), 2500);
if (isMainThread && ending === "workers") new Worker(__filename, { argv: ["alive"] });
if (isMainThread && ending === "worker-oom") {
  const worker = new Worker(__filename, { argv: ["oom"], resourceLimits: { maxOldGenerationSizeMb: 60 } });
  worker.on("error", ({ code }) => process.stdout.write(`worker: ${code}\n`));
  // Nothing tells a thread that it is terminated.
  const other = new Worker(__filename, { argv: ["alive"] });
  setTimeout(() => void other.terminate(), 1500);
}
