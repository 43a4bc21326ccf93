/* oxlint-disable unicorn/no-unnecessary-await, typescript/await-thenable, typescript/no-implied-eval */
// Four endpoints in turn, some requests slow: three spans each, in code of many functions. One thread, always busy.
// TEST_SLOW: share of slow requests.
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider({}).register();
const tracer = api.trace.getTracer("detail");

let seed = 7;
function random() {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}
// Each calls one of two others further down, always the same ones in one of six ways: stacks are some 20 deep, and repeat.
const FUNCTIONS = 160;
const functions = [];
for (let i = 0; i < FUNCTIONS; i++) {
  const next = () => Math.min(FUNCTIONS - 1, i + 1 + Math.floor(random() * 14));
  const body = `return function step${i}(functions, way) {
    let x = 0;
    for (let i = 0; i < 20000; i++) x += Math.sqrt(i + x);
    return ${i} < ${FUNCTIONS - 1} ? x + functions[(way * ${i + 3}) % 5 < 2 ? ${next()} : ${next()}](functions, way) : x;
  }`;
  functions.push(new Function(body)());
}
function work(times, from) {
  for (let i = 0; i < times; i++) functions[from](functions, Math.floor(random() * 6));
}

const slowShare = Number(process.env.TEST_SLOW ?? 0.04);
const endpoints = ["/cart/:id", "/search", "/products/:id", "/orders"];
async function request(number) {
  const at = number % endpoints.length;
  const slow = random() < slowShare ? 12 : 1;
  await tracer.startActiveSpan("request", { kind: 1 }, async (span) => {
    await tracer.startActiveSpan("query", async (inner) => {
      await new Promise(setImmediate);
      work(3 * slow, at * 4);
      inner.end();
    });
    await tracer.startActiveSpan("render", async (inner) => {
      await null;
      work(4 * slow, 20 + at * 5);
      inner.end();
    });
    span.setAttributes({ "http.request.method": "GET", "http.route": endpoints[at] });
    span.end();
  });
}
async function main() {
  for (let number = 0; ; number++) {
    await request(number);
    await new Promise(setImmediate);
  }
}
void main();
