// Spans that wait for one thing each, while the loop is held beyond the moment it is ready. Prints their ids as JSON, and when the timer was due.
const { stat } = require("node:fs");
const { connect, createServer } = require("node:net");
const { MessageChannel } = require("node:worker_threads");
const events = require("node:events");
const { promisify } = require("node:util");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const tracer = api.trace.getTracer("wakes");

function hold(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const echo = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");

let due;
const kinds = {
  timer: () =>
    new Promise((resolve) => {
      setTimeout(resolve, 20);
      due = Number(process.hrtime.bigint()) + 20e6;
    }),
  socket: (socket) => {
    socket.write("x");
    return events.once(socket, "data");
  },
  pool: () => promisify(stat)("/"),
  message: () => {
    const { port1, port2 } = new MessageChannel();
    port2.postMessage(1);
    return events.once(port1, "message");
  },
  other: () => new Promise((resolve) => setImmediate(resolve)),
};

void (async () => {
  await events.once(echo, "listening");
  await tracer.startActiveSpan("first", async (span) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    span.end();
  });
  const ids = {};
  for (const [kind, wait] of Object.entries(kinds)) {
    await tracer.startActiveSpan(kind, async (span) => {
      ids[kind] = span.spanContext().spanId;
      const socket = connect(echo.address().port, "127.0.0.1");
      await events.once(socket, "connect");
      const ready = wait(socket);
      hold(80);
      await ready;
      socket.destroy();
      span.end();
    });
  }
  process.stdout.write(JSON.stringify({ ids, due }), () => process.exit());
})();
