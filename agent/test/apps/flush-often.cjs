// Idle but for a span at its start, and flushed so often that the sampler has nothing to tell of most windows.
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

const provider = new NodeTracerProvider();
provider.register();
api.trace.getTracer("flush").startSpan("once").end();

async function main() {
  await new Promise((resolve) => setTimeout(resolve, 700));
  for (let i = 0; i < 20; i++) {
    await provider.forceFlush();
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
void main();
