// A server whose requests each hold the loop for 3 ms, and a timer that does so before it makes a span of its own.
const { createServer, get } = require("node:http");
const events = require("node:events");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const tracer = api.trace.getTracer("short-requests");

function hold(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const spanOf = (name, work) => {
  const options = {
    kind: api.SpanKind.SERVER,
    attributes: { "http.request.method": "GET", "http.route": name },
  };
  tracer.startActiveSpan("GET", options, (span) => {
    work();
    span.end();
  });
};

const server = createServer((_request, response) => {
  spanOf("/short", () => hold(3));
  response.end();
}).listen(0, "127.0.0.1");

void (async () => {
  await events.once(server, "listening");
  for (let i = 0; i < 60; i++) {
    const [response] = await events.once(get({ port: server.address().port, agent: false }), "response");
    response.resume();
    await events.once(response, "close");
  }
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) =>
      setTimeout(() => {
        hold(3);
        spanOf("/late", () => {});
        resolve();
      }, 1),
    );
  }
  process.exit();
})();
