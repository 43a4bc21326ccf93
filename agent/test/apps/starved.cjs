// Works for a while beside twice as many busy processes as there are processors, in a span.
const { spawn } = require("node:child_process");
const { availableParallelism } = require("node:os");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const tracer = api.trace.getTracer("starved");

setTimeout(() => {
  const others = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }),
  );
  setTimeout(() => {
    tracer.startActiveSpan("work", (span) => {
      const end = performance.now() + 600;
      while (performance.now() < end);
      span.end();
    });
    for (const other of others) other.kill("SIGKILL");
  }, 100);
}, 100);
