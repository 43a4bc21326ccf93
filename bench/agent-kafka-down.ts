/**
 * Whether a service notices that the Kafka its agent sends to is dead: p95 of its response times while the broker is killed
 * against while it is up.
 *
 * One service with the agent gets a fixed rate of requests all the time. The broker is up for a while, then killed (SIGKILL) for as
 * long, then started again, and so on. Each phase is cut into blocks; block k of a phase that is down is paired with block k of
 * the phase that was up before. Each pair gives one ratio. Reported: the median and its 95 % interval from the order
 * statistics, and, as a measure of the machine, the same for blocks that are next to each other within the phases that were up.
 * Beside it the resident memory, and whether the windows of the dead time arrived after all.
 *
 * Windows of one second, ten times as many as usual. `node bench/agent-kafka-down.ts [phases=5] [blocks=6] [blockSeconds=10]`; 10 min.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startBroker } from "@hotspan/broker";
import { TOPICS } from "@hotspan/wire";
import kafkajs from "kafkajs";

const [PHASES = 5, BLOCKS = 6, BLOCK_SECONDS = 10] = process.argv.slice(2).map(Number);
const RATE = 200;
const WINDOW_MILLIS = 1000;
/** Behind a kill or a start: what both have in common is not what is asked. */
const SETTLE_MILLIS = 3000;
const agentFolder = join(import.meta.dirname, "../agent");

interface Block {
  readonly p95Millis: number;
  readonly rssBytes: number;
}

class Service {
  readonly #child: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  #port = 0;

  constructor(env: Record<string, string>) {
    this.#child = fork(join(import.meta.dirname, "overhead/app.cjs"), {
      execArgv: ["--require", join(agentFolder, "lib/register.cjs")],
      env: { ...process.env, ...env },
    });
  }

  async ready(): Promise<void> {
    const [answer] = (await once(this.#child, "message")) as [{ port: number }];
    this.#port = answer.port;
  }

  /** Milliseconds from when it was due, so that a service that stands still is not asked less. */
  #get(due: number): Promise<number> {
    return new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port: this.#port, agent: this.#agent }, (response) => {
        response.resume();
        response.on("end", () => resolve(performance.now() - due));
      })
        .on("error", reject)
        .end();
    });
  }

  async block(seconds: number): Promise<Block> {
    const began = performance.now();
    const running: Promise<number>[] = [];
    for (let i = 0; i < seconds * RATE; i++) {
      const due = began + (i * 1000) / RATE;
      const early = due - performance.now();
      if (early > 1) await delay(early);
      running.push(this.#get(due));
    }
    const times = (await Promise.all(running)).toSorted((a, b) => a - b);
    return {
      p95Millis: times[Math.floor(times.length * 0.95)] as number,
      rssBytes: residentBytes(this.#child.pid ?? 0),
    };
  }

  async phase(): Promise<Block[]> {
    await this.block(SETTLE_MILLIS / 1000);
    const blocks: Block[] = [];
    for (let i = 0; i < BLOCKS; i++) blocks.push(await this.block(BLOCK_SECONDS));
    return blocks;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#child.disconnect();
    await once(this.#child, "exit");
  }
}

function residentBytes(pid: number): number {
  const [, kib = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}

/** Median and 95 % interval: ranks at which a fair coin of n throws has 2.5 % on either side. */
function summary(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const at = (rank: number): number =>
    Number((sorted[Math.min(Math.max(rank, 0), n - 1)] as number).toFixed(3));
  const spread = 0.98 * Math.sqrt(n);
  return {
    median: (at(Math.floor((n - 1) / 2)) + at(Math.ceil((n - 1) / 2))) / 2,
    low: at(Math.floor(n / 2 - spread)),
    high: at(Math.ceil(n / 2 + spread) - 1),
  };
}

const dataDir = mkdtempSync(join(tmpdir(), "hotspan-bench-kafka-"));
const broker = await startBroker({ dataDir, onProgress: (message) => console.error(message) });
const admin = new kafkajs.Kafka({
  brokers: [broker.brokers],
  logLevel: kafkajs.logLevel.NOTHING,
}).admin();
await admin.connect();
await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPICS.profiles, numPartitions: 1 }] });

// Takes its spans.
const receiver = createServer((incoming, response) => {
  incoming.resume();
  incoming.on("end", () => response.end());
}).listen(0, "127.0.0.1");
await once(receiver, "listening");

const service = new Service({
  BENCH_SETUP: "labelled",
  BENCH_AGENT: join(agentFolder, "lib/index.cjs"),
  BENCH_RECEIVER: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
  HOTSPAN_KAFKA_BROKERS: broker.brokers,
  HOTSPAN_WINDOW_MS: String(WINDOW_MILLIS),
});
await service.ready();
const began = performance.now();
await service.block(5);

const up: Block[][] = [];
const down: Block[][] = [];
for (let phase = 0; phase < PHASES; phase++) {
  up.push(await service.phase());
  await broker.kill();
  down.push(await service.phase());
  await broker.restart();
  const ratios = up.at(-1)?.map((block, k) => (down.at(-1)?.[k]?.p95Millis ?? 0) / block.p95Millis);
  console.error(`phase ${phase + 1}: ${ratios?.map((ratio) => ratio.toFixed(2)).join(" ")}`);
}
// The back-off may be at its longest, a minute.
await service.block(65);
const seconds = (performance.now() - began) / 1000;
const [offsets] = await admin.fetchTopicOffsets(TOPICS.profiles);
await admin.disconnect();
await service.close();
await broker.close();
receiver.close();
receiver.closeAllConnections();
rmSync(dataDir, { recursive: true, force: true });

const ratios = up.flatMap((blocks, phase) =>
  blocks.map(({ p95Millis }, k) => (down[phase]?.[k]?.p95Millis ?? Number.NaN) / p95Millis),
);
const control = up.flatMap((blocks) =>
  blocks.slice(1).map(({ p95Millis }, k) => p95Millis / (blocks[k]?.p95Millis ?? Number.NaN)),
);
const most = (blocks: readonly Block[][]): number =>
  Number((Math.max(...blocks.flat().map(({ rssBytes }) => rssBytes)) / 1e6).toFixed(1));
const middle = (blocks: readonly Block[][]): number =>
  summary(blocks.flat().map(({ p95Millis }) => p95Millis)).median;
const result = {
  node: process.versions.node,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  loadAverage: loadavg().map((load) => Number(load.toFixed(1))),
  requestsPerSecond: RATE,
  windowMillis: WINDOW_MILLIS,
  phases: PHASES,
  blocksPerPhase: BLOCKS,
  blockSeconds: BLOCK_SECONDS,
  p95Millis: { up: middle(up), down: middle(down) },
  ratioDownToUp: summary(ratios),
  ratioOfNeighboursUp: summary(control),
  rssMegabytesAtMost: { up: most(up), down: most(down) },
  windows: { due: Math.floor((seconds * 1000) / WINDOW_MILLIS), arrived: Number(offsets?.offset ?? 0) },
};
const results = join(import.meta.dirname, "results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "agent-kafka-down.json"), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(JSON.stringify(result));
