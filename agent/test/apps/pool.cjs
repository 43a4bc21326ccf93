// Watches the thread-pool probes of its own process; argv[2]: `idle`, `calm`, `active`, `starved` or `hung`. Prints what it saw as JSON.
const { createHook } = require("node:async_hooks");
const { execFileSync } = require("node:child_process");
const { pbkdf2 } = require("node:crypto");
const { mkdtempSync, open, openSync, rmSync, stat } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const { setTimeout: delay } = require("node:timers/promises");
const { promisify } = require("node:util");
const api = require("@opentelemetry/api");
const { NodeTracerProvider, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-node");

const names = [];
const exporter = {
  export(spans, done) {
    names.push(...spans.map(({ name }) => name));
    done({ code: 0 });
  },
  shutdown: async () => {},
};
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
const tracer = api.trace.getTracer("pool");

// Nothing else in here asks the pool for random bytes.
const seen = { probes: 0, mostAtOnce: 0, inContext: 0, names };
const underWay = new Set();
const hook = createHook({
  init(id, type) {
    if (type !== "RANDOMBYTESREQUEST") return;
    underWay.add(id);
    seen.probes++;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, underWay.size);
    if (api.context.active() !== api.ROOT_CONTEXT) seen.inContext++;
  },
  before: (id) => void underWay.delete(id),
  trackPromises: false,
});

const now = () => Number(process.hrtime.bigint());
const inSpan = (name, fn) =>
  tracer.startActiveSpan(name, async (span) => {
    const result = await fn();
    span.end();
    return result;
  });

const modes = {
  async idle() {
    await delay(3000);
  },
  /** Busy with timers only. */
  async calm() {
    const until = performance.now() + 2000;
    while (performance.now() < until) await inSpan("work", () => delay(3));
  },
  /** Someone always waits for the pool, as in a process that reads from a pipe. */
  async active() {
    const folder = mkdtempSync(path.join(tmpdir(), "hotspan-pool-"));
    const pipe = path.join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = promisify(open)(pipe, "r");
    await modes.calm();
    openSync(pipe, "r+");
    await reader;
    rmSync(folder, { recursive: true });
  },
  async starved() {
    seen.waits = [];
    for (let i = 0; i < 4; i++) {
      const hogs = inSpan("login", () =>
        Promise.all(Array.from({ length: 4 }, () => promisify(pbkdf2)("p", "s", 600_000, 32, "sha256"))),
      );
      seen.waits.push(
        await inSpan("victim", async () => {
          const start = now();
          await promisify(stat)("/");
          return { start, end: now() };
        }),
      );
      await hogs;
      await delay(370);
    }
  },
  /** All threads of the pool wait for somebody who writes to a pipe. */
  async hung() {
    const folder = mkdtempSync(path.join(tmpdir(), "hotspan-pool-"));
    const pipes = Array.from({ length: 4 }, (_, i) => path.join(folder, String(i)));
    execFileSync("mkfifo", pipes);
    const readers = pipes.map((pipe) => promisify(open)(pipe, "r"));
    await delay(7500);
    for (const pipe of pipes) openSync(pipe, "r+");
    await Promise.all(readers);
    rmSync(folder, { recursive: true });
  },
};

void (async () => {
  await inSpan("first", () => delay(1500));
  hook.enable();
  const began = performance.now();
  await modes[process.argv[2]]();
  seen.millis = performance.now() - began;
  hook.disable();
  process.stdout.write(JSON.stringify(seen));
})();
