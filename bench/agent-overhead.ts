/**
 * What the agent costs a service: CPU per request with it against without, at a fixed rate of requests.
 *
 * Two processes of the same program, one with the agent registered, get rounds of load in turn, so that whatever else the
 * machine does hits both alike; each pair of rounds gives one ratio. Reported: the median and its 95 % interval from the
 * order statistics (no assumption about their distribution). Two rates, since most of the cost is per second, not per
 * request. About 90 s. `node bench/agent-overhead.ts [pairs]`
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const PAIRS = Number(process.argv[2] ?? 12);
const RATES = [200, 800];
const ROUND_MILLIS = 1500;
const WARM_UP_REQUESTS = 1500;

const agentFolder = join(import.meta.dirname, "../agent");
const app = join(agentFolder, "test/apps/bench-server.cjs");

class Service {
  readonly #child: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #port = 0;

  constructor(execArgv: string[], env: Record<string, string>) {
    this.#child = fork(app, { execArgv, env: { ...process.env, ...env } });
    this.#child.on("exit", (code) => {
      if (code !== 0) throw new Error(`the service ended with code ${code}`);
    });
  }

  async ready(): Promise<void> {
    this.#port = ((await this.#next()) as { port: number }).port;
  }

  async #next(): Promise<unknown> {
    const [answer] = (await once(this.#child, "message")) as [unknown];
    return answer;
  }

  async cpuMicros(): Promise<number> {
    const answer = this.#next();
    this.#child.send({});
    return ((await answer) as { micros: number }).micros;
  }

  #get(): Promise<void> {
    return new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port: this.#port, agent: this.#agent }, (response) => {
        response.resume();
        response.on("end", resolve);
      })
        .on("error", reject)
        .end();
    });
  }

  /** Open loop: a request every 1/rate s, whether or not the last one has been answered. */
  async load(requests: number, rate: number): Promise<void> {
    const began = performance.now();
    const running: Promise<void>[] = [];
    for (let i = 0; i < requests; i++) {
      const due = began + (i * 1000) / rate;
      const early = due - performance.now();
      if (early > 1) await delay(early);
      running.push(this.#get());
    }
    await Promise.all(running);
  }

  /** CPU microseconds per request of one round. */
  async round(rate: number): Promise<number> {
    const requests = (rate * ROUND_MILLIS) / 1000;
    const before = await this.cpuMicros();
    await this.load(requests, rate);
    return ((await this.cpuMicros()) - before) / requests;
  }

  close(): void {
    this.#agent.destroy();
    this.#child.disconnect();
  }
}

/** Median and 95 % interval: ranks at which a fair coin of n throws has 2.5 % on either side. */
function summary(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const at = (rank: number): number => sorted[Math.min(Math.max(rank, 0), n - 1)] as number;
  const spread = 0.98 * Math.sqrt(n);
  return {
    median: (at(Math.floor((n - 1) / 2)) + at(Math.ceil((n - 1) / 2))) / 2,
    low: at(Math.floor(n / 2 - spread)),
    high: at(Math.ceil(n / 2 + spread) - 1),
  };
}

const rounded = (value: number): number => Number(value.toFixed(4));

let windows = 0;
let windowBytes = 0;
const receiver = createServer((incoming, response) => {
  windows++;
  incoming.on("data", (chunk: Buffer) => (windowBytes += chunk.length));
  incoming.on("end", () => response.writeHead(202).end());
}).listen(0, "127.0.0.1");
await new Promise((resolve) => receiver.once("listening", resolve));
const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

const off = new Service([], { HOTSPAN_ENABLED: "off" });
const on = new Service(["--require", join(agentFolder, "lib/register.cjs")], { HOTSPAN_ENDPOINT: endpoint });
await Promise.all([off.ready(), on.ready()]);
for (const service of [off, on]) await service.load(WARM_UP_REQUESTS, 400);

async function measure(rate: number) {
  const ratios: number[] = [];
  const offMicros: number[] = [];
  const onMicros: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    // Whoever goes first in a pair goes second in the next.
    const order = pair % 2 === 0 ? ([off, on] as const) : ([on, off] as const);
    const [first, second] = [await order[0].round(rate), await order[1].round(rate)];
    const [without, withAgent] = pair % 2 === 0 ? [first, second] : [second, first];
    offMicros.push(without);
    onMicros.push(withAgent);
    ratios.push(withAgent / without);
  }
  const ratio = summary(ratios);
  const micros = { off: summary(offMicros).median, on: summary(onMicros).median };
  return {
    requestsPerSecond: rate,
    ratio: { median: rounded(ratio.median), low: rounded(ratio.low), high: rounded(ratio.high) },
    cpuMicrosPerRequest: { off: rounded(micros.off), on: rounded(micros.on) },
    // What the difference is of one core at this rate.
    extraCore: rounded(((micros.on - micros.off) * rate) / 1e6),
  };
}

const rates: Awaited<ReturnType<typeof measure>>[] = [];
for (const rate of RATES) rates.push(await measure(rate));
off.close();
on.close();
receiver.closeAllConnections();
receiver.close();

const result = {
  node: process.versions.node,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  spansPerRequest: 3,
  hz: 99,
  pairs: PAIRS,
  rates,
  windows,
  bytesPerWindow: Math.round(windowBytes / Math.max(1, windows)),
};
const results = join(import.meta.dirname, "results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "agent-overhead.json"), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(JSON.stringify(result));
