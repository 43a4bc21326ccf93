/* oxlint-disable typescript/unbound-method */
// Kinds of continuation for oracle.cjs that take a library, a server, another thread or another process. All of it is opened outside of
// any span. Which span is active in each of them is OpenTelemetry's to say; whether the label says the same is what is tested.
const { execFile, spawn } = require("node:child_process");
const crypto = require("node:crypto");
const diagnostics = require("node:diagnostics_channel");
const dns = require("node:dns");
const { once } = require("node:events");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const readline = require("node:readline");
const { Readable } = require("node:stream");
const timers = require("node:timers/promises");
const { callbackify } = require("node:util");
const v8 = require("node:v8");
const vm = require("node:vm");
const { MessageChannel, Worker } = require("node:worker_threads");
const zlib = require("node:zlib");
const express = require("express");
const fastify = require("fastify");
const genericPool = require("generic-pool");
const Koa = require("koa");
const undici = require("undici");

v8.setFlagsFromString("--expose-gc");
const gc = vm.runInNewContext("gc");
const listen = async (server) => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
};
const get = (port, path = "/") =>
  new Promise((done, failed) => {
    http
      .get({ host: "127.0.0.1", port, path, agent: false }, (response) => response.resume().on("end", done))
      .on("error", failed);
  });

/** Returns the kinds, and what closes all that they share. */
module.exports = async function more({ burn, inSpan }) {
  const plain = http.createServer((_, response) => response.end("x".repeat(2000)));
  // A connection that is closed while it is taken anew would end the program.
  plain.keepAliveTimeout = 0;
  const plainPort = await listen(plain);
  const origin = `http://127.0.0.1:${plainPort}`;

  // The frameworks: a request's span begins in what runs first, and ends with the response.
  const app = express();
  app.use((_, response, next) => {
    void inSpan("express", async () => {
      next();
      await once(response, "finish");
    });
  });
  app.use(async (_, __, next) => {
    await timers.setTimeout(1);
    burn("expressMiddleware", 2);
    next();
  });
  app.get("/", async (_, response) => {
    await timers.setImmediate();
    burn("expressHandler", 2);
    response.end("done");
  });
  app.get("/fails", async () => {
    await timers.setImmediate();
    throw new Error("expected");
  });
  app.use((_, __, response, next) => {
    burn("expressErrorHandler", 2);
    response.status(500).end();
    void next;
  });
  const expressServer = http.createServer(app);
  const expressPort = await listen(expressServer);

  const koa = new Koa();
  koa.use((context, next) =>
    inSpan("koa", async () => {
      await next();
      burn("koaAfterNext", 2);
      context.body = "done";
    }),
  );
  koa.use(async (_, next) => {
    await timers.setTimeout(1);
    burn("koaMiddleware", 2);
    await next();
  });
  const koaServer = http.createServer(koa.callback());
  const koaPort = await listen(koaServer);

  const fast = fastify();
  fast.addHook("onRequest", (_, reply, next) => {
    void inSpan("fastify", async () => {
      next();
      await once(reply.raw, "finish");
    });
  });
  fast.addHook("preHandler", async () => {
    await timers.setTimeout(1);
    burn("fastifyPreHandler", 2);
  });
  fast.get("/", async () => {
    await timers.setImmediate();
    burn("fastifyHandler", 2);
    return { done: true };
  });
  fast.addHook("onSend", (_, __, payload, next) => {
    burn("fastifyOnSend", 2);
    next(null, payload);
  });
  await fast.listen({ port: 0, host: "127.0.0.1" });
  const fastPort = fast.server.address().port;

  const echo = net.createServer((socket) => socket.pipe(socket).on("error", () => {}));
  const echoPort = await listen(echo);
  // As clients of databases: one connection, answers in the order of questions, each settles the promise of whoever asked.
  const connection = net.connect(echoPort, "127.0.0.1");
  await once(connection, "connect");
  const asked = [];
  connection.on("data", (bytes) => {
    for (const _ of bytes) asked.shift()?.();
  });
  const query = () =>
    new Promise((done) => {
      asked.push(done);
      connection.write("q");
    });
  const pool = genericPool.createPool(
    { create: async () => ({ query }), destroy: async () => {} },
    // Fewer than ask at once: others wait until one is given back.
    { max: 2 },
  );

  const agent = new undici.Agent({ connections: 4 });
  const worker = new Worker(
    "require('worker_threads').parentPort.on('message', (port) => port.postMessage('done'))",
    {
      eval: true,
      execArgv: [],
    },
  );
  await once(worker, "online");
  const channel = diagnostics.tracingChannel("oracle");
  channel.subscribe({ asyncEnd: () => {} });

  const kinds = {
    fetch: async () => {
      const response = await fetch(origin);
      burn("fetchHeaders", 2);
      await response.text();
      burn("fetchBody", 2);
    },
    undici: async () => {
      const { body } = await undici.request(origin, { dispatcher: agent });
      burn("undiciHeaders", 2);
      for await (const _ of body) burn("undiciBody", 1);
      burn("undiciEnd", 2);
    },
    express: async () => {
      await get(expressPort);
      burn("expressClient", 2);
    },
    expressError: () => get(expressPort, "/fails"),
    koa: () => get(koaPort),
    fastify: () => get(fastPort),
    genericPool: async () => {
      const client = await pool.acquire();
      burn("poolAcquired", 2);
      await client.query();
      burn("poolQueried", 2);
      await pool.release(client);
      burn("poolReleased", 2);
    },
    sharedConnection: async () => {
      await query();
      burn("sharedConnection", 2);
    },
    socket: () =>
      new Promise((done) => {
        const socket = net.connect(echoPort, "127.0.0.1", () => burn("socketConnect", 2));
        socket.on("data", () => {
          burn("socketData", 2);
          socket.end();
        });
        socket.on("close", () => done(burn("socketClose", 2)));
        socket.write("x");
      }),
    workerMessage: async () => {
      const { port1, port2 } = new MessageChannel();
      const answered = once(port1, "message");
      worker.postMessage(port2, [port2]);
      await answered;
      burn("workerMessage", 2);
      port1.close();
    },
    channelMessage: () =>
      new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.once("message", () => {
          burn("channelMessage", 2);
          port1.close();
          done();
        });
        port2.postMessage("x");
      }),
    execFile: () => new Promise((done) => execFile("true", () => done(burn("execFile", 2)))),
    spawn: async () => {
      const child = spawn("echo", ["x"]);
      child.stdout.on("data", () => burn("spawnOutput", 2));
      await once(child, "close");
      burn("spawnClose", 2);
    },
    dnsCallback: () => new Promise((done) => dns.lookup("localhost", () => done(burn("dnsCallback", 2)))),
    dnsPromise: async () => {
      await dns.promises.lookup("localhost");
      burn("dnsPromise", 2);
    },
    abortListener: async () => {
      const controller = new AbortController();
      controller.signal.addEventListener("abort", () => burn("abortListener", 2));
      await timers.setImmediate();
      controller.abort();
      burn("afterAbort", 2);
    },
    abortTimeout: () =>
      new Promise((done) => {
        AbortSignal.timeout(1).addEventListener("abort", () => done(burn("abortTimeout", 2)));
        // Such a timer holds no process, and neither does anything else here.
        setTimeout(() => {}, 20);
      }),
    abortRejection: async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1);
      await timers.setTimeout(1000, undefined, { signal: controller.signal }).catch(() => {});
      burn("abortRejection", 2);
    },
    finalization: async () => {
      let finalized = () => {};
      const registry = new FinalizationRegistry(() => finalized(burn("finalization", 2)));
      (() => registry.register({}, "x"))();
      await timers.setImmediate();
      const over = new Promise((done) => {
        finalized = done;
      });
      gc();
      // Whether it is called at all is V8's affair.
      await Promise.race([over, timers.setTimeout(50)]);
      burn("afterFinalization", 2);
    },
    randomBytes: () => new Promise((done) => crypto.randomBytes(64, () => done(burn("randomBytes", 2)))),
    scrypt: () =>
      new Promise((done) => crypto.scrypt("a", "b", 16, { N: 64 }, () => done(burn("scrypt", 2)))),
    subtle: async () => {
      await crypto.subtle.digest("SHA-256", new Uint8Array(1000));
      burn("subtle", 2);
    },
    gzipStream: async () => {
      const stream = Readable.from(["x".repeat(2000)]).pipe(zlib.createGzip());
      for await (const _ of stream) burn("gzipChunk", 1);
      burn("gzipEnd", 2);
    },
    fileStream: () =>
      new Promise((done) => {
        fs.createReadStream(__filename, { highWaterMark: 4096 })
          .on("data", () => burn("fileData", 1))
          .on("close", () => done(burn("fileClose", 2)));
      }),
    fileHandle: async () => {
      const file = await fs.promises.open(__filename);
      await file.read(Buffer.alloc(100));
      burn("fileHandle", 2);
      await file.close();
    },
    lines: async () => {
      for await (const _ of readline.createInterface({ input: Readable.from(["a\nb\n"]) })) burn("line", 1);
    },
    webStream: async () => {
      const source = new ReadableStream({
        async pull(controller) {
          await timers.setTimeout(1);
          burn("webPull", 2);
          controller.enqueue("x");
          controller.close();
        },
      });
      const upper = new TransformStream({
        transform(chunk, controller) {
          burn("webTransform", 2);
          controller.enqueue(chunk);
        },
      });
      for await (const _ of source.pipeThrough(upper)) burn("webChunk", 2);
    },
    eventTarget: async () => {
      const target = new EventTarget();
      target.addEventListener("x", () => burn("eventTarget", 2));
      await timers.setImmediate();
      target.dispatchEvent(new Event("x"));
    },
    waitAsync: async () => {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      await Atomics.waitAsync(cell, 0, 0, 2).value;
      burn("waitAsync", 2);
    },
    withResolvers: async () => {
      const { promise, resolve } = Promise.withResolvers();
      asked.push(resolve);
      connection.write("q");
      await promise;
      burn("withResolvers", 2);
    },
    tracePromise: () =>
      channel.tracePromise(async () => {
        await timers.setTimeout(1);
        burn("tracePromise", 2);
      }),
    callbackified: () =>
      new Promise((done) => callbackify(() => timers.setTimeout(1))(() => done(burn("callbackified", 2)))),
    fromAsync: () =>
      Array.fromAsync([timers.setTimeout(1), timers.setTimeout(1)], () => burn("fromAsync", 2)),
    refreshedTimer: () =>
      new Promise((done) => {
        setTimeout(() => done(burn("refreshedTimer", 2)), 1).refresh();
      }),
    schedulerYield: async () => {
      await timers.scheduler.yield();
      burn("schedulerYield", 2);
    },
  };
  return {
    kinds,
    async close() {
      for (const server of [plain, expressServer, koaServer, echo]) {
        server.closeAllConnections?.();
        server.close();
      }
      connection.destroy();
      await Promise.all([fast.close(), agent.close(), worker.terminate(), pool.drain()]);
      await pool.clear();
    },
  };
};
