// A clustered service: the primary starts two workers, asks them for some work, and ends all of it. Spans in each process.
const cluster = require("node:cluster");
const http = require("node:http");
const api = require("@opentelemetry/api");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");

new NodeTracerProvider().register();
const tracer = api.trace.getTracer("cluster");

function spin(ms) {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}
const work = () =>
  tracer.startActiveSpan("work", async (span) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    spin(40);
    span.end();
  });

async function primary() {
  const ports = [];
  const workers = [cluster.fork(), cluster.fork()];
  for (const worker of workers)
    worker.on("message", (port) => {
      ports.push(port);
      if (ports.length === workers.length) void drive();
    });
  async function drive() {
    for (let i = 0; i < 10; i++) {
      await work();
      // One connection a request: the primary hands them out in turn.
      const one = () =>
        new Promise((resolve) =>
          http.get({ host: "127.0.0.1", port: ports[0], agent: false }, (r) => r.resume().on("end", resolve)),
        );
      await Promise.all([one(), one()]);
    }
    cluster.disconnect(() => process.stdout.write("over\n"));
  }
}

if (cluster.isPrimary) void primary();
else {
  const server = http.createServer((_, response) => void work().then(() => response.end("done")));
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
}
