// Works in spans and tells each 100 ms what is left of the agent: patches, V8's sampler thread, open handles, CPU time.
const { AsyncResource } = require("node:async_hooks");
const inScope = Reflect.get(AsyncResource.prototype, "runInAsyncScope");
const api = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/sdk-node").resources;
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
const { samplerThreads } = require("./sampled.cjs");

const service = process.env.TEST_SERVICE;
new NodeTracerProvider(
  service === undefined ? {} : { resource: resourceFromAttributes({ "service.name": service }) },
).register();
const tracer = api.trace.getTracer("modes");
const storage = globalThis[Symbol.for("opentelemetry.js.api.1")].context._asyncLocalStorage;

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
setInterval(() => {
  tracer.startActiveSpan("work", (span) => {
    spin(15);
    span.end();
  });
}, 40);

if (process.env.TEST_STOP !== undefined)
  setTimeout(() => globalThis[Symbol.for("hotspan.agent.v1")].agent.stop(), Number(process.env.TEST_STOP));

setInterval(() => {
  const state = {
    patched: ["run", "enterWith", "getStore"].some((name) => Object.hasOwn(storage, name)),
    scopePatched: Reflect.get(AsyncResource.prototype, "runInAsyncScope") !== inScope,
    samplerThreads: samplerThreads(),
    resources: process.getActiveResourcesInfo().filter((name) => name !== "Timeout" && name !== "PipeWrap"),
    listensToSignal: process.listenerCount("SIGUSR2"),
  };
  process.stdout.write(`STATE ${JSON.stringify(state)}\n`);
}, 100);
