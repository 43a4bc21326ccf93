// Requests that live through several samplers of different rates: their frames hold what earlier ones put there. Prints JSON.
const { context, trace } = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
const { start, stop } = require(process.env.TEST_AGENT);

new NodeTracerProvider().register();
const tracer = trace.getTracer("frames");
const storage = globalThis[Symbol.for("opentelemetry.js.api.1")].context._asyncLocalStorage;
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}

let sampling = false;
let over = false;
const wrong = { span: 0, context: 0, value: 0 };
const key = Symbol.for("frames");

const request = (name) =>
  tracer.startActiveSpan(name, (span) => {
    const mine = context.active().setValue(key, name);
    return context.with(mine, async () => {
      while (!over) {
        await delay(11);
        spin(1);
        if (trace.getActiveSpan() !== span) wrong.span++;
        // Afterwards it may be a stand-in.
        if (sampling && context.active() !== mine) wrong.context++;
        if (context.active().getValue(key) !== name) wrong.value++;
        if (context.active().setValue(key, 1).getValue(key) !== 1) wrong.value++;
        if (context.active().deleteValue(key).getValue(key) !== undefined) wrong.value++;
        context.with(context.active(), () => {
          if (trace.getActiveSpan() !== span) wrong.span++;
        });
      }
      span.end();
    });
  });

/** Spans that lead to their own context, as some SDKs have it: they are freed like any other. */
async function forgotten() {
  const spans = [];
  for (let i = 0; i < 500; i++)
    tracer.startActiveSpan("short", (span) => {
      span.own = context.active();
      spans.push(new WeakRef(span));
      span.end();
    });
  for (let i = 0; i < 5; i++) {
    await delay(20);
    global.gc();
  }
  return spans.filter((span) => span.deref() === undefined).length;
}

async function main() {
  const requests = [];
  let freed = 0;
  for (const [round, hz] of [500, 200, 500, 333].entries()) {
    start({ hz });
    await delay(200);
    sampling = true;
    for (let i = 0; i < 10; i++) requests.push(request(`request${round}.${i}`));
    await delay(400);
    global.gc();
    if (round === 0) freed = await forgotten();
    sampling = false;
    await stop();
    await delay(50);
    global.gc();
  }
  over = true;
  await Promise.all(requests);
  const patched = ["run", "enterWith", "getStore"].filter((name) => Object.hasOwn(storage, name));
  process.stdout.write(JSON.stringify({ wrong, patched, freed }));
}
void main();
