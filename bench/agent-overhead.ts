/**
 * What the agent costs a service, beside V8's bare sampler and three other profilers: CPU per request, latency at a fixed rate,
 * memory, and what it does to the event loop's utilisation. Idle, light and heavy, on each version of Node.
 *
 * Each setup is a process of the same service (`overhead/app.cjs`); within a round all of them are measured, in an order of
 * chance, and each is compared with the same round of its own tracer without a profiler. The processes are made anew several times.
 *
 *     node --conditions=hotspan-source bench/agent-overhead.ts [--rounds 30] [--only heavy,24,labelled] [--fresh]
 *
 * An hour and more for everything. `--only` takes loads (idle, light, heavy), versions (22, 24, 26) and setups. Goes on where an earlier
 * run was broken off, unless `--fresh`. Peers are installed on first use (`peers/`) and measured on Node 24.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { heavyPlan } from "./overhead/rate.ts";
import { cellsOf, tableOf, targetsOf } from "./overhead/report.ts";
import { type Case, LOADS, type LoadName, Rounds, runBlock } from "./overhead/rounds.ts";
import { pinSelf } from "./overhead/service.ts";
import { binaryOf, HZ, SETUPS } from "./overhead/setups.ts";

const NODES = ["22", "24", "26"];
const PEER_NODE = "24";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "30" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    fresh: { type: "boolean", default: false },
    out: { type: "string", default: join(import.meta.dirname, "results/agent-overhead") },
  },
});
const words = values.only.split(",").filter((word) => word !== "");
const setupNames = SETUPS.map(({ name }) => name);
const loadNames = Object.keys(LOADS) as LoadName[];
for (const word of words)
  if (![...NODES, ...setupNames, ...loadNames].includes(word)) throw new Error(`--only: what is ${word}?`);

/** What of a dimension was asked for: all, if nothing of it was named. */
function wanted<T extends string>(all: readonly T[]): T[] {
  const named = all.filter((name) => words.includes(name));
  return named.length > 0 ? named : [...all];
}
const setups = new Set(wanted(setupNames));
for (const { name, against } of SETUPS) if (against !== undefined && setups.has(name)) setups.add(against);

function cases(node: string): Case[] {
  return SETUPS.filter(({ name, peer }) => setups.has(name) && (!peer || node === PEER_NODE)).map(
    ({ name }) => ({ node, setup: name }),
  );
}

const peers = join(import.meta.dirname, "peers");
if (SETUPS.some(({ name, peer }) => peer && setups.has(name)) && !existsSync(join(peers, "node_modules")))
  spawnSync("npm", ["ci", "--ignore-scripts", "--prefix", peers], { stdio: "inherit" });

const receiver = createServer((incoming, response) => {
  incoming.resume();
  incoming.on("end", () => {
    // Nobody here knows of schedules.
    response.writeHead(incoming.method === "GET" ? 404 : 202, { "content-type": "application/json" });
    // Of spans, an empty protobuf message.
    response.end(incoming.url === "/v1/traces" ? "" : "{}");
  });
}).listen(0, "127.0.0.1");
await new Promise((resolve) => receiver.once("listening", resolve));
const receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

const stateFile = `${values.out}.rounds.jsonl`;
mkdirSync(join(values.out, ".."), { recursive: true });
if (values.fresh) rmSync(stateFile, { force: true });
const rounds = new Rounds(stateFile);
const pinned = pinSelf();
const began = performance.now();
const progress = (text: string): void =>
  console.log(`${((performance.now() - began) / 60_000).toFixed(1)} min  ${text}`);

const plans = { ...LOADS };
if (wanted(loadNames).includes("heavy")) plans.heavy = await heavyPlan(rounds.list, receiverUrl);

for (const load of wanted(loadNames)) {
  const nodes = wanted(NODES);
  const blocks = plans[load].together ? [nodes.flatMap(cases)] : nodes.map(cases);
  for (const block of blocks)
    await runBlock(rounds, {
      load,
      plan: plans[load],
      cases: block,
      rounds: Number(values.rounds),
      receiver: receiverUrl,
      seed: Number(values.seed),
      progress: (text) => progress(`${text}, Node ${[...new Set(block.map(({ node }) => node))].join(" ")}`),
    });
}
receiver.closeAllConnections();
receiver.close();

function versionOf(node: string): string {
  return spawnSync(binaryOf(node), ["--version"], { encoding: "utf8" }).stdout.trim();
}

function peerVersions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(peers, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return dependencies;
}

const cells = cellsOf(rounds.list);
const targets = targetsOf(cells);
const result = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  pinned,
  loadAverage: loadavg().map((value) => Number(value.toFixed(2))),
  hz: HZ,
  requestsPerSecond: { light: plans.light.rate, heavy: plans.heavy.rate },
  node: NODES.map(versionOf),
  peers: peerVersions(),
  setups: Object.fromEntries(SETUPS.map(({ name, what }) => [name, what])),
  targets,
  cells,
};
writeFileSync(`${values.out}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
const table = tableOf(cells);
writeFileSync(`${values.out}.md`, `${table}\n`);
console.log(table);
for (const { what, limit, measured, met } of targets)
  console.log(`${met ? "met   " : "MISSED"}  ${what}: ${measured} of at most ${limit}`);
