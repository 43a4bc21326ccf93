/* oxlint-disable typescript/no-implied-eval */
// Knows the truth: all time is burnt in functions named after the span that is active there and the way it was reached.
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const tracer = api.trace.getTracer("oracle");

const functions = new Map();
function burn(kind, ms = 3) {
  return burnIn(api.trace.getActiveSpan(), kind, ms);
}
// For when nothing may be asked of OpenTelemetry meanwhile, which might help the labels along.
function burnIn(active, kind, ms = 3) {
  const span = active?.spanContext().spanId ?? "none";
  const name = `burn__${span}__${kind}`;
  let fn = functions.get(name);
  if (fn === undefined) {
    fn = new Function(
      "ms",
      `return function ${name}(ms) { const end = performance.now() + ms; let x = 0; while (performance.now() < end) for (let i = 0; i < 2000; i++) x += Math.sqrt(i); return x; }`,
    )();
    functions.set(name, fn);
  }
  return fn(ms);
}
const inSpan = (name, fn) =>
  tracer.startActiveSpan(name, async (span) => {
    try {
      return await fn(span);
    } finally {
      span.end();
    }
  });

module.exports = { burn, burnIn, inSpan, tracer };
