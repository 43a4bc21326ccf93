/**
 * What the agent costs a fleet whose replicas are sampled in turn: summed CPU of four replicas of one service with the agent in
 * amortised mode, against four without it, in paired rounds, idle and under load. Whose turn it is says a real correlator
 * (`GET /v1/agent/schedule`), which stores their windows; leases are short, so that a run sees many. From outside it is watched which
 * replica samples; from that and its CPU follow what collecting costs, what a start and a stop, and what is left between leases, and
 * from these by the model in `amortised/model.ts` the cost at ten replicas and leases of ten minutes, with what they buy.
 *
 *     node --conditions=hotspan-source bench/agent-amortised.ts [--rounds 60] [--generations 3] [--lease 20] [--round 12]
 *       [--rate 500] [--node 24] [--only idle,heavy] [--out FILE]
 *
 * 40 minutes: idle 13, heavy 26.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startCorrelator } from "@hotspan/correlator";
import { testStore } from "@hotspan/store/testing";
import { CollectingWatch } from "./amortised/collecting.ts";
import type { Rotation } from "./amortised/model.ts";
import {
  coverageOf,
  type Measured,
  type Measures,
  measuresOf,
  reportOf,
  type Round,
} from "./amortised/report.ts";
import { drive, Load } from "./overhead/load.ts";
import { pinSelf, Service } from "./overhead/service.ts";
import { HZ } from "./overhead/setups.ts";
import { seeded, shuffled } from "./overhead/statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "60" },
    generations: { type: "string", default: "3" },
    lease: { type: "string", default: "20" },
    round: { type: "string", default: "12" },
    rate: { type: "string", default: "500" },
    node: { type: "string", default: "24" },
    only: { type: "string", default: "idle,heavy" },
    out: { type: "string", default: join(import.meta.dirname, "results/agent-amortised.json") },
  },
});
const REPLICAS = 4;
const LEASE_MILLIS = Number(values.lease) * 1000;
const ROUND_MILLIS = Number(values.round) * 1000;
const GENERATIONS = Number(values.generations);
const ROUNDS = Math.ceil(Number(values.rounds) / GENERATIONS);
/** As by default, in production. */
const POLL_MILLIS = 15_000;
const REAL: Rotation = { replicas: 10, leaseSeconds: 600 };

interface Side {
  readonly name: "on" | "off";
  readonly services: readonly Service[];
  readonly loads: readonly Load[];
}

async function startSide(name: Side["name"], correlator: string): Promise<Side> {
  const services: Service[] = [];
  for (let i = 0; i < REPLICAS; i++)
    services.push(
      name === "off"
        ? await Service.start(values.node, "off", 10_000, correlator)
        : await Service.start(values.node, "labelled", 10_000, correlator, {
            HOTSPAN_MODE: "amortised",
            HOTSPAN_WINDOW_MS: "10000",
          }),
    );
  return { name, services, loads: services.map(({ port }) => new Load(port)) };
}

async function measure({ services, loads }: Side, rate: number): Promise<Measured> {
  const watch = new CollectingWatch(services.map(({ pid }) => pid));
  const before = await Promise.all(services.map((one) => one.facts()));
  const began = performance.now();
  if (rate > 0) await drive(loads, rate, ROUND_MILLIS);
  await delay(Math.max(0, began + ROUND_MILLIS - performance.now()));
  const seconds = (performance.now() - began) / 1000;
  const collecting = watch.take();
  watch.close();
  const after = await Promise.all(services.map((one) => one.facts()));
  return {
    used: after.map(({ cpuMicros }, i) => (cpuMicros - (before[i]?.cpuMicros ?? 0)) / 1000 / seconds),
    collecting,
    seconds,
  };
}

/** Processes are made anew several times. */
async function roundsOf(load: string, url: string): Promise<Round[]> {
  const rate = load === "idle" ? 0 : Number(values.rate);
  const random = seeded(1);
  const rounds: Round[] = [];
  for (let generation = 0; generation < GENERATIONS; generation++) {
    const sides = [await startSide("on", url), await startSide("off", url)];
    try {
      for (const { loads } of sides) await drive(loads, 100, 3000);
      // Until all have asked, and each knows its turn.
      await delay(LEASE_MILLIS + 2000);
      for (let i = 0; i < ROUNDS; i++) {
        const measured: Partial<Record<Side["name"], Measured>> = {};
        // Idle both at once: neither is in the other's way.
        if (rate === 0)
          await Promise.all(sides.map(async (side) => (measured[side.name] = await measure(side, rate))));
        else for (const side of shuffled(sides, random)) measured[side.name] = await measure(side, rate);
        const { on, off } = measured;
        if (on !== undefined && off !== undefined) rounds.push({ generation, on, off });
        console.error(`${load}, processes ${generation + 1}, round ${i + 1} of ${ROUNDS}`);
      }
    } finally {
      for (const { services, loads } of sides) {
        for (const one of loads) one.close();
        for (const one of services) await one.close();
      }
    }
  }
  return rounds;
}

pinSelf();
const store = await testStore();
const folder = mkdtempSync(join(tmpdir(), "hotspan-amortised-"));
const correlator = await startCorrelator({
  port: 0,
  clickhouse: { url: store.store.httpUrl, database: store.store.database, ...store.store.writer },
  dataDir: folder,
  logLevel: "error",
  schedule: { leaseMs: LEASE_MILLIS, share: 0, pollMs: POLL_MILLIS },
});
const measures: Record<string, Measures> = {};
try {
  for (const load of values.only.split(","))
    measures[load] = measuresOf(await roundsOf(load, correlator.url));
} finally {
  await correlator.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}

const result = {
  node: values.node,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  loadAverage: loadavg().map((one) => Number(one.toFixed(1))),
  hz: HZ,
  requestsPerSecondAndReplica: Number(values.rate),
  leaseSeconds: LEASE_MILLIS / 1000,
  pollSeconds: POLL_MILLIS / 1000,
  ...Object.fromEntries(
    Object.entries(measures).map(([load, one]) => [load, reportOf(one, measures["idle"]?.parts, REAL)]),
  ),
  coverage: coverageOf(REAL),
};
mkdirSync(join(values.out, ".."), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(result, undefined, 2)}\n`);
console.log(JSON.stringify(result, undefined, 2));
