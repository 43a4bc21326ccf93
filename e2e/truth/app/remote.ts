// The other service. It logs by the caller's span id, so it knows its answers with and without tracing of its own.
// Query: `wait` or `busy` milliseconds before the answer; `lines` and `gap` for an answer in pieces.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "./clock.ts";
import { TruthLog } from "./log.ts";
import { sumPrices } from "./work.ts";

const [path = ""] = process.argv.slice(2);
const traced = process.env["TRUTH_TRACED"] !== "0";
const telemetry = traced ? await import("./telemetry.ts") : undefined;
const log = new TruthLog(path);

const server = http.createServer((request, response) => {
  const start = now();
  const call = String(request.headers["traceparent"] ?? "").split("-")[2] ?? "";
  const query = new URL(request.url ?? "/", "http://remote").searchParams;
  const number = (name: string): number => Number(query.get(name) ?? 0);
  const writes: number[] = [];
  const answer = async (): Promise<void> => {
    if (number("wait") > 0) await sleep(number("wait"));
    if (number("busy") > 0) sumPrices(now() + number("busy") * 1e6);
    for (let line = 1; line < number("lines"); line++) {
      response.write(`${"x".repeat(200)}\n`);
      writes.push(now());
      await sleep(number("gap"));
    }
    response.end(`${"x".repeat(200)}\n`);
    writes.push(now());
    log.add({ type: "answer", call, start, writes });
  };
  void answer();
});

// As long as a run: a caller whose loop was held would reuse a connection that is just being closed.
server.keepAliveTimeout = 600_000;

process.on("message", (message: { readonly type: string }) => {
  void (async () => {
    if (message.type === "flush") {
      log.flush();
      await telemetry?.exportSpans();
      process.send?.({ type: "flushed" });
    } else if (message.type === "stop") {
      log.flush();
      server.closeAllConnections();
      server.close();
      await telemetry?.stopTelemetry();
      process.disconnect?.();
    }
  })();
});
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  process.send?.({ type: "ready", url: `http://127.0.0.1:${port}` });
});
