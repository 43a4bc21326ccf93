// Uses the package's API instead of the register entry; argv[2] says how. Prints JSON.
import { context, trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { sampled } from "./sampled.cjs";

const { hotspan, start, stop, withLabels } = await import(process.env.TEST_AGENT);
const tracer = trace.getTracer("use");
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
function spinLabelled(ms) {
  return spin(ms);
}
const inSpan = (name, fn) =>
  tracer.startActiveSpan(name, async (span) => {
    await fn(span);
    span.end();
  });

const ways = {
  async processor() {
    const sdk = new NodeSDK({ serviceName: "use", spanProcessors: [hotspan({ labels: ["tenant"] })] });
    sdk.start();
    await inSpan("first", () => delay(1));
    await sampled(60_000);
    await inSpan("work", async () => {
      spin(100);
      await withLabels({ tenant: "acme", secret: "x" }, async () => {
        spinLabelled(100);
        await delay(1);
        spinLabelled(100);
      });
      spin(100);
    });
    await sdk.shutdown();
  },
  /** Requests run already when the agent comes. */
  async late() {
    new NodeTracerProvider().register();
    let over = false;
    const requests = [1, 2, 3].map((n) =>
      inSpan(`request${n}`, async () => {
        while (!over) {
          await delay(5);
          spin(3);
        }
      }),
    );
    await delay(300);
    start();
    await sampled(60_000);
    await delay(1500);
    over = true;
    await Promise.all(requests);
    await stop();
  },
  async again() {
    new NodeTracerProvider().register();
    for (let round = 0; round < 2; round++) {
      start();
      await delay(200);
      await sampled(60_000);
      await inSpan("work", async () => {
        spin(150);
      });
      await stop();
      // Nothing is patched any more, and nobody is profiled.
      const storage = globalThis[Symbol.for("opentelemetry.js.api.1")].context._asyncLocalStorage;
      process.stdout.write(`${Object.hasOwn(storage, "enterWith")}\n`);
      context.with(context.active(), () => spin(50));
    }
  },
};
await ways[process.argv[2]]();
