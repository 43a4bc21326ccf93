/**
 * How long the event loop stands still when a window ends, and when sampling starts: with the agent's own settings (a window of
 * 10 s at 99 Hz), and with 4500 samples in a window (a busy minute at 75 Hz, gathered faster here), on shallow stacks and on stacks
 * 100 deep, 60 different ones each. Measured inside the service by the longest turn of a loop that never waits, and by the CPU of
 * that turn; the agent beside the serialiser that comes with the sampler. The first window is told apart: its code is met there for
 * the first time.
 *
 *     node --conditions=hotspan-source bench/agent-flush.ts [windows]
 *
 * A quarter of an hour with 20 windows.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus } from "node:os";
import { join } from "node:path";
import { agentFolder } from "./overhead/setups.ts";
import { quantile } from "./overhead/statistics.ts";

const WINDOWS = Number(process.argv[2] ?? 20);

/** Of a window. */
interface Case {
  readonly hz: number;
  readonly seconds: number;
  readonly depth: number;
}

const CASES: readonly Case[] = [
  { hz: 99, seconds: 10, depth: 10 },
  { hz: 900, seconds: 5, depth: 10 },
  { hz: 900, seconds: 5, depth: 100 },
];

/** The longest turn of the loop, milliseconds. */
interface Stall {
  readonly wall: number;
  /** What of it the thread had a processor for; above the wall clock's only by its resolution. */
  readonly cpu: number;
}

interface Stalls {
  readonly start: Stall;
  readonly flushes: readonly Stall[];
  /** Between flushes: what the loop does by itself. */
  readonly usual: Stall;
}

const receiver = createServer((incoming, response) => {
  incoming.resume();
  incoming.on("end", () => response.writeHead(incoming.method === "GET" ? 404 : 202).end());
}).listen(0, "127.0.0.1");
await new Promise((resolve) => receiver.once("listening", resolve));
const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

function run(profiler: "agent" | "stock", { hz, seconds, depth }: Case): Promise<Stalls> {
  const execArgv = profiler === "agent" ? ["--require", join(agentFolder, "lib/register.cjs")] : [];
  const child = spawn(process.execPath, [...execArgv, join(import.meta.dirname, "overhead/flush-app.cjs")], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      BENCH_PROFILER: profiler,
      BENCH_AGENT: join(agentFolder, "lib/index.cjs"),
      BENCH_DEPTH: String(depth),
      BENCH_WINDOWS: String(WINDOWS + 1),
      BENCH_HZ: String(hz),
      BENCH_WINDOW_MS: String(seconds * 1000),
      HOTSPAN_HZ: String(hz),
      HOTSPAN_WINDOW_MS: "30000",
      HOTSPAN_BUDGET: "off",
      HOTSPAN_ENDPOINT: endpoint,
    },
  });
  return new Promise((resolve, reject) => {
    child.on("message", (stalls) => resolve(stalls as Stalls));
    child.on("exit", (code) => reject(new Error(`the service ended with ${code}`)));
  });
}

const rounded = (value: number): number => Number(value.toFixed(2));
const results = [];
for (const one of CASES)
  for (const profiler of ["agent", "stock"] as const) {
    const { start, flushes: all, usual } = await run(profiler, one);
    const [first, ...flushes] = all as [Stall, ...Stall[]];
    const over = (of: (stall: Stall) => number) => ({
      p50: rounded(quantile(flushes.map(of), 0.5)),
      p99: rounded(quantile(flushes.map(of), 0.99)),
      longest: rounded(Math.max(...flushes.map(of))),
    });
    const result = {
      profiler,
      samples: one.hz * one.seconds,
      depth: one.depth,
      windows: flushes.length,
      stallMillis: over(({ wall }) => wall),
      stallCpuMillis: over(({ cpu }) => cpu),
      firstMillis: { wall: rounded(first.wall), cpu: rounded(first.cpu) },
      usualMillis: { wall: rounded(usual.wall), cpu: rounded(usual.cpu) },
      startMillis: { wall: rounded(start.wall), cpu: rounded(start.cpu) },
    };
    results.push(result);
    console.log(JSON.stringify(result));
  }
receiver.closeAllConnections();
receiver.close();
const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, "agent-flush.json"),
  `${JSON.stringify({ node: process.versions.node, cpu: cpus()[0]?.model ?? "unknown", results }, undefined, 2)}\n`,
);
