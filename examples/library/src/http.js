"use strict";
// Servers and clients over plain node:http. The instrumentation knows of no routes here, so the server names its spans.
const { trace } = require("@opentelemetry/api");
const http = require("node:http");
const { stopTelemetry } = require("./telemetry.js");

const agent = new http.Agent({ keepAlive: true });

/** GET, JSON out. Rejects on any status but 200. */
exports.getJson = (url) =>
  new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        else resolve(JSON.parse(Buffer.concat(parts).toString()));
      });
    });
    request.on("error", reject);
  });

/**
 * Answers GET requests until SIGTERM, SIGINT or the end of the parent.
 * @param {[route: string, pattern: RegExp, handler: (groups: Record<string, string>) => unknown][]} routes
 * @param {{ onRequest?: (line: object) => void, onClose?: () => void }} [hooks]
 */
exports.listen = (routes, { onRequest, onClose } = {}) => {
  async function answer(path) {
    for (const [route, pattern, handler] of routes) {
      const groups = pattern.exec(path)?.groups;
      if (groups === undefined) continue;
      const span = trace.getActiveSpan();
      span?.setAttribute("http.route", route);
      span?.updateName(`GET ${route}`);
      return [200, await handler(groups)];
    }
    return [404, { error: "not found" }];
  }
  let stopping = false;
  const server = http.createServer((request, response) => {
    const started = performance.now();
    void answer(request.url ?? "/")
      .catch((error) => {
        // At the end, readers that went away leave requests behind. An error with a status is an answer.
        if (!stopping && error.status === undefined) console.error(error);
        return [error.status ?? 500, { error: error.message }];
      })
      .then(([status, body]) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        onRequest?.({ path: request.url, status, ms: performance.now() - started });
      });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(Number(process.env.PORT || 0), "127.0.0.1", () => {
    const url = `http://127.0.0.1:${server.address().port}`;
    if (process.send === undefined) console.log(url);
    else if (process.connected) process.send({ type: "listening", url });
    else stop();
  });
  function stop() {
    if (stopping) return;
    stopping = true;
    // Only if something hangs: an ordinary end is an empty event loop.
    setTimeout(() => process.exit(1), 3500).unref();
    server.close(() => {
      onClose?.();
      agent.destroy();
      void stopTelemetry().finally(() => process.connected && process.disconnect());
    });
  }
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.once("disconnect", stop);
};
