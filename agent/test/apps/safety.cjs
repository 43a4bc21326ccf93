// Runs half the time in `spin`, within spans, until the agent is off or for TEST_MILLIS. Prints as JSON what the agent shows
// of itself: its messages on diagnostics channels, its metrics, its status file, and what it leaves behind.
const { subscribe } = require("node:diagnostics_channel");
const { readFileSync, readdirSync } = require("node:fs");
const api = require("@opentelemetry/api");
const { metrics } = require("@opentelemetry/sdk-node");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

const listeners = () =>
  Object.fromEntries(
    ["exit", "beforeExit", "SIGTERM", "newListener"].map((name) => [name, process.listenerCount(name)]),
  );
const listening = listeners();
const events = { window: [], dropped: [], backoff: [] };
for (const [name, list] of Object.entries(events))
  subscribe(`hotspan:${name}`, (message) => list.push(message));

class Reader extends metrics.MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}
const reader = new Reader();
if (process.env.TEST_METRICS !== "off")
  api.metrics.setGlobalMeterProvider(new metrics.MeterProvider({ readers: [reader] }));
new NodeTracerProvider().register();
const tracer = api.trace.getTracer("safety");

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function measured() {
  if (process.env.TEST_METRICS === "off") return {};
  const all = {};
  // Something that keeps the loop alive while it is asked what does.
  const timer = setTimeout(() => {}, 1000);
  const { resourceMetrics } = await reader.collect();
  clearTimeout(timer);
  for (const { metrics: list } of resourceMetrics.scopeMetrics)
    for (const { descriptor, dataPoints } of list)
      for (const { attributes, value } of dataPoints) {
        const { "thread.id": _thread, ...rest } = attributes;
        all[[descriptor.name, ...Object.values(rest)].join(" ")] =
          typeof value === "number" ? value : value.count;
      }
  return all;
}
function status() {
  const folder = `${process.env.XDG_RUNTIME_DIR}/hotspan-${process.getuid()}`;
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, "utf8")));
  } catch {
    return [];
  }
}

async function main() {
  const until = performance.now() + Number(process.env.TEST_MILLIS);
  const breaks = process.env.TEST_BREAK === "on";
  let states = new Set();
  while (performance.now() < until && !states.has("off")) {
    await tracer.startActiveSpan("work", async (span) => {
      spin(10);
      span.end();
    });
    await delay(5 + 10 * Math.random());
    for (const { state } of status()) states.add(state);
    // What the agent calls with each window.
    if (breaks && events.window.length === 2)
      process.cpuUsage = () => {
        throw new Error("deliberate");
      };
  }
  const before = { listeners: listening, metrics: await measured(), status: status() };
  const agent = globalThis[Symbol.for("hotspan.agent.v1")]?.agent;
  const storage = globalThis[Symbol.for("opentelemetry.js.api.1")].context._asyncLocalStorage;
  const patched = Object.hasOwn(storage, "enterWith");
  await agent?.stop();
  const after = {
    metrics: await measured(),
    status: status(),
    listeners: listeners(),
  };
  process.stdout.write(JSON.stringify({ events, before, after, states: [...states], patched }));
}
void main();
