// A short program with one span; argv[2] says how it ends.
const api = require("@opentelemetry/api");
const { NodeTracerProvider, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-node");
const { sampled } = require("./sampled.cjs");

const [, , ending] = process.argv;
new NodeTracerProvider({
  spanProcessors: [
    new SimpleSpanProcessor({ export: (_, done) => done({ code: 0 }), shutdown: async () => {} }),
  ],
}).register();
const tracer = api.trace.getTracer("life");

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
async function work() {
  await tracer.startActiveSpan("work", async (span) => {
    await new Promise((resolve) => setTimeout(resolve, Number(process.env.TEST_WAIT ?? 100)));
    if (Symbol.for("hotspan.agent.v1") in globalThis) await sampled();
    spin(300);
    span.end();
  });
}
const stay = () => setInterval(() => {}, 1000);

async function main() {
  const endings = {
    natural: () => {},
    beforeExitListener: () => {
      process.exitCode = 5;
      process.once("beforeExit", () => process.stdout.write("beforeExit\n"));
    },
    exit: () => process.exit(3),
    throw: () => {
      throw new Error("deliberate");
    },
    signal: () => {
      stay();
      process.stdout.write("READY\n");
    },
    handler: () => {
      const timer = stay();
      process.on("SIGTERM", () => {
        process.stdout.write("handled\n");
        process.exitCode = 7;
        clearInterval(timer);
      });
      process.stdout.write("READY\n");
    },
    handlerExits: () => {
      stay();
      process.on("SIGTERM", () => process.exit(9));
      process.stdout.write("READY\n");
    },
    prependedOnce: () => {
      const timer = stay();
      process.prependOnceListener("SIGTERM", () => {
        process.stdout.write("handled\n");
        setTimeout(() => {
          process.stdout.write("graceful\n");
          clearInterval(timer);
        }, 300);
      });
      process.stdout.write("READY\n");
    },
    // What the package signal-exit does: it re-raises only if nobody else listens.
    reraise: () => {
      stay();
      const listener = () => {
        if (process.listeners("SIGTERM").length !== 1) return;
        process.off("SIGTERM", listener);
        process.kill(process.pid, "SIGTERM");
      };
      process.on("SIGTERM", listener);
      process.stdout.write("READY\n");
    },
  };
  await work();
  endings[ending]();
}
void main();
