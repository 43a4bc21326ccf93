// Spans with garbage in the main thread and in a worker. Prints what each thread saw itself as JSON: its collections, the
// attributes of its spans, and its clocks.
const { PerformanceObserver, performance } = require("node:perf_hooks");
const { Worker, isMainThread, parentPort, threadId } = require("node:worker_threads");
const api = require("@opentelemetry/api");
const { NodeTracerProvider, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-node");

const seen = { thread: threadId, gc: [], spans: [] };
const exporter = {
  export(spans, done) {
    seen.spans.push(...spans.map(({ attributes }) => attributes));
    done({ code: 0 });
  },
  shutdown: async () => {},
};
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const tracer = api.trace.getTracer("facts");

const hrtime = () => Number(process.hrtime.bigint());
// Of two readings one behind the other, the best of some: the first ones are slow.
const shift = Math.max(...Array.from({ length: 50 }, () => hrtime() - performance.now() * 1e6));
const add = (entries) => {
  for (const { startTime, duration, detail } of entries)
    seen.gc.push({ start: startTime * 1e6 + shift, duration: duration * 1e6, kind: detail.kind });
};
const observer = new PerformanceObserver((list) => add(list.getEntries()));
observer.observe({ entryTypes: ["gc"] });

async function litter() {
  const until = performance.now() + 2500;
  let kept = [];
  // Of a busy machine more time.
  while (performance.now() < until || seen.spans.length < 15) {
    await tracer.startActiveSpan("litter", async (span) => {
      for (let i = 0; i < 20; i++) kept.push(Array.from({ length: 5000 }, (_, k) => ({ k })));
      if (kept.length > 200) kept = [];
      await new Promise((resolve) => setTimeout(resolve, 10));
      span.end();
    });
  }
  add(observer.takeRecords());
  seen.clocks = { monotonic: hrtime(), epochMillis: Date.now() };
  return seen;
}

if (isMainThread) {
  const worker = new Worker(__filename);
  void Promise.all([
    litter(),
    new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject)),
  ]).then((threads) => process.stdout.write(JSON.stringify(threads)));
} else void litter().then((result) => parentPort.postMessage(result));
