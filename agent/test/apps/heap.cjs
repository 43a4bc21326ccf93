// Keeps what it allocates, within a span; argv[2] is what it is to end like: alive, exit, or oom.
const { isMainThread, Worker } = require("node:worker_threads");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
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
tracer.startActiveSpan("work", (span) => {
  remember(200_000);
  odd['say "hello"\\'](200_000);
  span.end();
});
if (ending === "exit") setTimeout(() => process.exit(0), 1500);
else if (ending === "oom")
  setTimeout(
    () =>
      setInterval(() => {
        remember(20_000);
        odd['say "hello"\\'](20_000);
      }, 1),
    Number(process.env.TEST_WAIT ?? 1500),
  );
else setInterval(() => forget(5000), 5);
if (isMainThread && ending === "workers") new Worker(__filename, { argv: ["alive"] });
