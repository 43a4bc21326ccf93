/* oxlint-disable unicorn/no-thenable, typescript/unbound-method, typescript/no-implied-eval, typescript/await-thenable, typescript/no-misused-promises */
// Reaches a span in as many ways as there are. Run with the agent registered; the names of the functions in the profile are then the
// oracle of the labels (burn.cjs).
// argv[2]: seconds; argv[3] "more": with the kinds of oracle-more.cjs; "inflight": the agent (TEST_AGENT) starts and stops so many times
// while requests of all kinds are running.
const { AsyncResource, AsyncLocalStorage } = require("node:async_hooks");
const crypto = require("node:crypto");
const { EventEmitter, on, once } = require("node:events");
const fs = require("node:fs");
const http = require("node:http");
const { Readable, Transform, pipeline } = require("node:stream");
const timers = require("node:timers/promises");
const { promisify } = require("node:util");
const zlib = require("node:zlib");
const api = require("@opentelemetry/api");

const { burn, burnIn, inSpan, tracer } = require("./burn.cjs");
const { sampled } = require("./sampled.cjs");

const amount = Number(process.argv[2] ?? 4);

const kinds = {
  sync: async () => burn("sync"),
  awaitPromise: async () => {
    await Promise.resolve();
    burn("awaitPromise");
  },
  then: () => Promise.resolve().then(() => burn("then")),
  awaitTimer: async () => {
    await timers.setTimeout(1);
    burn("awaitTimer");
  },
  timerCallback: () => new Promise((done) => setTimeout(() => done(burn("timerCallback")), 1)),
  interval: () =>
    new Promise((done) => {
      let turns = 0;
      const timer = setInterval(() => {
        burn("interval", 2);
        if (++turns === 2) done(clearInterval(timer));
      }, 1);
    }),
  immediate: () => new Promise((done) => setImmediate(() => done(burn("immediate")))),
  nextTick: () => new Promise((done) => process.nextTick(() => done(burn("nextTick")))),
  microtask: () => new Promise((done) => queueMicrotask(() => done(burn("microtask")))),
  fsPromise: async () => {
    await fs.promises.readFile(__filename);
    burn("fsPromise");
  },
  fsCallback: () => new Promise((done) => fs.readFile(__filename, () => done(burn("fsCallback")))),
  pbkdf2: () => new Promise((done) => crypto.pbkdf2("a", "b", 500, 16, "sha1", () => done(burn("pbkdf2")))),
  promisified: async () => {
    await promisify(zlib.gzip)("x".repeat(5000));
    burn("promisified");
  },
  streamPipeline: () =>
    new Promise((done, failed) => {
      const transform = new Transform({
        objectMode: true,
        transform(chunk, _, next) {
          burn("streamTransform", 2);
          setImmediate(next, null, chunk);
        },
      });
      pipeline(
        Readable.from(["a", "b"]),
        transform,
        async function* (source) {
          for await (const chunk of source) {
            burn("streamGenerator", 2);
            yield chunk;
          }
        },
        (error) => (error ? failed(error) : done(burn("streamEnd"))),
      ).resume();
    }),
  childSync: async () => {
    tracer.startActiveSpan("child", (child) => {
      burn("childSync");
      child.end();
    });
    burn("afterChildSync");
  },
  childAsync: async () => {
    await inSpan("child", async () => {
      burn("childAsyncStart", 2);
      await timers.setTimeout(1);
      burn("childAsyncEnd", 2);
    });
    burn("afterChildAsync");
  },
  parallel: () =>
    Promise.all(
      [1, 2, 3].map(() =>
        inSpan("parallel", async () => {
          for (let i = 0; i < 2; i++) {
            await timers.setTimeout(1);
            burn("parallel", 2);
          }
        }),
      ),
    ),
  asyncScope: async () => {
    const resource = new AsyncResource("Oracle");
    api.context.with(api.ROOT_CONTEXT, () => {
      burn("rootContext", 2);
      resource.runInAsyncScope(() => burn("asyncScope", 2));
      burn("afterAsyncScope");
    });
    burn("afterRootContext");
  },
  resourceBind: async () => {
    const bound = AsyncResource.bind(() => burn("resourceBind"));
    api.context.with(api.ROOT_CONTEXT, bound);
    burn("afterResourceBind");
  },
  snapshot: async () => {
    const run = AsyncLocalStorage.snapshot();
    api.context.with(api.ROOT_CONTEXT, () => run(() => burn("snapshot")));
    burn("afterSnapshot");
  },
  contextBind: async () => {
    const other = tracer.startSpan("other");
    api.context.bind(api.trace.setSpan(api.context.active(), other), () => burn("contextBind"))();
    other.end();
    burn("afterContextBind");
  },
  otherStorage: async () => {
    const storage = new AsyncLocalStorage();
    await storage.run(1, async () => {
      burn("otherStorage", 2);
      await timers.setTimeout(1);
      burn("otherStorageLater", 2);
    });
    burn("afterOtherStorage");
  },
  emitter: async () => {
    const emitter = new EventEmitter();
    emitter.once("x", () => burn("emitterSync", 2));
    emitter.emit("x");
    setImmediate(() => emitter.emit("y"));
    await once(emitter, "y");
    burn("emitterOnce");
  },
  eventIterator: async () => {
    const emitter = new EventEmitter();
    setTimeout(() => emitter.emit("z", 1), 1);
    for await (const _ of on(emitter, "z")) {
      burn("eventIterator");
      break;
    }
  },
  asyncGenerator: async () => {
    async function* generate() {
      for (let i = 0; i < 2; i++) {
        await timers.setTimeout(1);
        burn("asyncGenerator", 2);
        yield i;
      }
    }
    for await (const _ of generate()) burn("forAwait", 2);
  },
  timerIterator: async () => {
    for await (const _ of timers.setInterval(1)) {
      burn("timerIterator");
      break;
    }
  },
  rejection: async () => {
    try {
      await (async () => {
        await timers.setImmediate();
        throw new Error("expected");
      })();
    } catch {
      burn("catch", 2);
    } finally {
      burn("finally", 2);
    }
  },
  raceAndAny: async () => {
    await Promise.race([timers.setTimeout(1), timers.setTimeout(2)]);
    burn("race", 2);
    await Promise.any([Promise.reject(new Error("expected")), timers.setTimeout(1)]);
    burn("any", 2);
  },
  thenable: async () => {
    await { then: (done) => setTimeout(done, 1) };
    burn("thenable");
  },
  attach: async () => {
    const manager = globalThis[Symbol.for("opentelemetry.js.api.1")].context;
    if (typeof manager.attach !== "function") return;
    await inSpan("attachOuter", async () => {
      await timers.setImmediate();
      const other = tracer.startSpan("attached");
      const token = manager.attach(api.trace.setSpan(api.context.active(), other));
      burn("attached", 2);
      await timers.setTimeout(1);
      burn("attachedLater", 2);
      (token.dispose ?? token[Symbol.dispose]).call(token);
      burn("afterAttached", 2);
      other.end();
    });
  },
  httpClient: () =>
    new Promise((done, failed) => {
      http
        .get({ host: "127.0.0.1", port: server.address().port, agent }, (response) => {
          burn("httpResponse", 2);
          response.on("data", () => burn("httpData", 1));
          response.on("end", () => done(burn("httpEnd", 2)));
        })
        .on("error", failed);
    }),
  afterEnd: () =>
    tracer.startActiveSpan("ended", async (span) => {
      span.end();
      burn("afterEnd", 2);
      await timers.setTimeout(1);
      burn("afterEndLater", 2);
    }),
};

// Requests that wait for long, each in another way: what goes on afterwards was captured before the wait.
const gate = new EventEmitter().setMaxListeners(100);
const LONG = 900;
const longKinds = {
  longTimer: async (span) => {
    await timers.setTimeout(LONG);
    burnIn(span, "longTimer");
  },
  longTimerCallback: (span) =>
    new Promise((done) => setTimeout(() => done(burnIn(span, "longTimerCallback")), LONG)),
  longInterval: (span) =>
    new Promise((done) => {
      let turns = 0;
      const timer = setInterval(() => {
        burnIn(span, "longInterval", 2);
        if (++turns === 8) done(clearInterval(timer));
      }, LONG / 8);
    }),
  longImmediates: async (span) => {
    const end = performance.now() + LONG;
    while (performance.now() < end) {
      await timers.setTimeout(20);
      await timers.setImmediate();
      burnIn(span, "longImmediates", 1);
    }
  },
  longParent: async (span) => {
    await (async () => {
      await (async () => timers.setTimeout(LONG))();
      burnIn(span, "longInner", 2);
    })();
    burnIn(span, "longOuter", 2);
  },
  longChild: async (span) => {
    await inSpan("child", async (child) => {
      await timers.setTimeout(LONG);
      burnIn(child, "longChild", 2);
    });
    burnIn(span, "afterLongChild", 2);
  },
  longPromise: (span) =>
    new Promise((done) => gate.once("open", done)).then(() => burnIn(span, "longPromise", 2)),
  longEmitter: async (span) => {
    await once(gate, "open");
    burnIn(span, "longEmitter", 2);
  },
  longHttp: (span) =>
    new Promise((done, failed) => {
      http
        .get({ host: "127.0.0.1", port: server.address().port, path: "/slow", agent: false }, (response) => {
          burnIn(span, "longHttpResponse", 2);
          response.on("data", () => burnIn(span, "longHttpData", 1));
          response.on("end", () => done(burnIn(span, "longHttpEnd", 2)));
        })
        .on("error", failed);
    }),
  longGenerator: async (span) => {
    async function* generate() {
      for (let i = 0; i < 4; i++) {
        await timers.setTimeout(LONG / 4);
        burnIn(span, "longGenerator", 2);
        yield i;
      }
    }
    for await (const _ of generate()) burnIn(span, "longForAwait", 2);
  },
  longScope: async (span) => {
    const resource = new AsyncResource("Oracle");
    await api.context.with(api.ROOT_CONTEXT, async () => {
      await timers.setTimeout(LONG);
      resource.runInAsyncScope(() => burnIn(span, "longScope", 2));
      burnIn(undefined, "afterLongScope", 2);
    });
  },
  longSnapshot: async (span) => {
    const run = AsyncLocalStorage.snapshot();
    const bound = AsyncResource.bind(() => burnIn(span, "longBound", 2));
    await api.context.with(api.ROOT_CONTEXT, async () => {
      await timers.setTimeout(LONG);
      run(() => burnIn(span, "longSnapshot", 2));
      bound();
    });
  },
  longContextBind: async (span) => {
    const bound = api.context.bind(api.context.active(), () => burnIn(span, "longContextBind", 2));
    await api.context.with(api.ROOT_CONTEXT, () => timers.setTimeout(LONG));
    bound();
  },
  longStorage: (span) =>
    new AsyncLocalStorage().run(1, async () => {
      await timers.setTimeout(LONG);
      burnIn(span, "longStorage", 2);
    }),
};

async function inFlight(times) {
  const { start, stop } = require(process.env.TEST_AGENT);
  const opening = setInterval(() => gate.emit("open"), 700);
  const all = { ...kinds, ...longKinds };
  let enough = false;
  const requests = Object.entries(all).flatMap(([kind, run]) =>
    (kind in longKinds ? [1, 2] : [1]).map(async () => {
      while (!enough) {
        await timers.setTimeout(Math.random() * (kind in longKinds ? 50 : 1500));
        await inSpan("task", run);
      }
    }),
  );
  const over = Promise.all(requests);
  await timers.setTimeout(1000);
  for (let i = 0; i < times; i++) {
    start();
    await sampled(60_000);
    await timers.setTimeout(2300);
    await stop();
    await timers.setTimeout(500);
  }
  enough = true;
  await over;
  clearInterval(opening);
}

const server = http.createServer((request, response) => {
  if (request.url !== "/slow") return void response.end("x".repeat(20_000));
  setTimeout(() => response.end("x".repeat(20_000)), LONG);
});
// A connection that is closed while it is taken anew would end the program.
server.keepAliveTimeout = 0;
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
server.listen(0, "127.0.0.1", async () => {
  // Requests in flight fill the loop themselves, and the agent has to get a turn to send.
  const background = setInterval(() => burn("background", 4), process.argv[3] === "inflight" ? 60 : 15);
  // Sampling starts with the first span: give it a turn.
  tracer.startSpan("first").end();
  await timers.setTimeout(300);
  const more = process.argv[3] === "more" ? await require("./oracle-more.cjs")({ burn, inSpan }) : undefined;
  const end = performance.now() + amount * 1000;
  if (process.argv[3] === "inflight") await inFlight(amount);
  else
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        while (performance.now() < end)
          await inSpan("task", async () => {
            for (const kind of Object.values({ ...kinds, ...more?.kinds })) await kind();
          });
      }),
    );
  await more?.close();
  clearInterval(background);
  agent.destroy();
  server.close();
});
