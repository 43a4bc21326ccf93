// The load generator: an open loop. Requests leave at their planned times whether or not earlier ones were answered,
// and latency counts from the planned time, so a stalled service cannot hide its queue (coordinated omission).
import * as http from "node:http";
import { parseArgs } from "node:util";
import { plantedCauses, shopSeed } from "./shared/config.ts";
import { suitedRate } from "./pace.ts";
import { requests, type ShopRequest } from "./requests.ts";
import { Summary } from "./summary.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: process.env["GATEWAY_URL"] ?? "http://127.0.0.1:8080" },
    rate: { type: "string", default: process.env["SHOP_RATE"] ?? "" },
    duration: { type: "string", default: process.env["SHOP_DURATION"] ?? "0" },
    seed: { type: "string", default: String(shopSeed()) },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(`node dist/load.js [--url http://127.0.0.1:8080] [--rate 15] [--duration 0] [--seed 1] [--json]
  --rate      requests per second in all, at fixed distances; default: what suits the machine, 10 at most
  --duration  seconds; 0: until SIGTERM or SIGINT
  --json      the summary as JSON`);
  process.exit(0);
}
const rate = values.rate === "" ? suitedRate() : Number(values.rate);
const durationMs = Number(values.duration) * 1000;
if (!(rate > 0 && rate <= 1000) || !(durationMs >= 0)) {
  console.error("--rate must be between 0 and 1000, --duration ≥ 0");
  process.exit(2);
}

/** Beyond this the shop is lost anyway; planned requests are counted as dropped, not queued in memory. */
const MOST_OPEN = 500;
const TIMEOUT_MS = 30_000;
/** At the end, open requests get so long to be counted. */
const LAST_ANSWERS_MS = 300;
const agent = new http.Agent({ keepAlive: true });
const summary = new Summary();
const causes = plantedCauses();
const source = requests(Number(values.seed), causes);
const started = performance.now();
let planned = 0;
let open = 0;
let timer: NodeJS.Timeout | undefined;
let ended = false;

function send(request: ShopRequest, plannedAt: number): void {
  open++;
  const { planted } = request;
  const hit = planted !== undefined && causes.has(planted);
  const line = hit ? `${request.endpoint} [${planted}]` : request.endpoint;
  const done = (ok: boolean): void => {
    open--;
    summary.add(line, performance.now() - plannedAt, ok);
    if (ended && open === 0) finish();
  };
  let counted = false;
  const once = (ok: boolean): void => {
    if (!counted) done(ok);
    counted = true;
  };
  const outgoing = http.request(
    new URL(request.path, values.url),
    { method: request.method, agent, timeout: TIMEOUT_MS, headers: { "content-type": "application/json" } },
    (response) => {
      response.resume();
      response.once("end", () => once(response.statusCode === 200));
      response.once("error", () => once(false));
    },
  );
  outgoing.once("timeout", () => outgoing.destroy(new Error("timeout")));
  outgoing.once("error", () => once(false));
  outgoing.end(request.body);
}

function tick(): void {
  const now = performance.now();
  for (;;) {
    const plannedAt = started + (planned * 1000) / rate;
    if (durationMs > 0 && plannedAt - started >= durationMs) {
      end();
      return;
    }
    if (plannedAt > now) {
      timer = setTimeout(tick, plannedAt - now);
      return;
    }
    planned++;
    const request = source.next().value;
    if (open < MOST_OPEN) send(request, plannedAt);
    else summary.drop();
    for (const { afterMs, request: next } of request.followedBy ?? []) {
      const at = plannedAt + afterMs;
      setTimeout(() => !ended && send(next, at), Math.max(0, at - performance.now()));
    }
  }
}

function end(): void {
  if (ended) return;
  ended = true;
  clearTimeout(timer);
  if (open === 0) finish();
  else setTimeout(finish, LAST_ANSWERS_MS);
}

let printed = false;
function finish(): void {
  if (printed) return;
  printed = true;
  const seconds = (performance.now() - started) / 1000;
  console.log(values.json ? JSON.stringify(summary.toJSON(seconds)) : summary.toText(seconds));
  agent.destroy();
  if (process.connected) process.disconnect();
}

process.once("SIGTERM", end);
process.once("SIGINT", end);
process.once("disconnect", end);
tick();
// The parent may have ended while this program was loading.
if (process.send !== undefined && !process.connected) end();
