/**
 * What heap profiles cost (`HOTSPAN_HEAP`, `HOTSPAN_ALLOCATIONS`): CPU of a fixed amount of work that allocates nearly all the time,
 * memory, and how long one profile holds the thread and what it has to send, by what is alive. Off and on in turn, a process each.
 * About 90 s. `node --conditions=hotspan-source bench/agent-heap.ts [rounds]`
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import type * as Names from "../agent/src/window/file-names.ts";
import type * as Messages from "../agent/src/heap/message.ts";
import type * as Native from "../agent/src/heap/native.ts";

// What the agent does, not its public surface: by path, since another project's sources are not imported from here.
const inAgent = (path: string): Promise<unknown> => import(join(import.meta.dirname, "../agent/src", path));
const { HeapSampler } = (await inAgent("heap/native.ts")) as typeof Native;
const { heapMessageNow } = (await inAgent("heap/message.ts")) as typeof Messages;
const { FileNames } = (await inAgent("window/file-names.ts")) as typeof Names;

const INTERVAL_BYTES = 512 * 1024;
type Mode = "off" | "inuse" | "alloc";
const MAJOR = Number(process.versions.node.split(".")[0]);
const MODES: readonly Mode[] = MAJOR >= 26 ? ["off", "inuse", "alloc"] : ["off", "inuse"];
const MEGABYTES = [50, 500] as const;

interface Run {
  readonly cpuMillis: number;
  readonly rssMebibytes: number;
  readonly takeMillis: number;
  readonly encodeMillis: number;
  readonly bytes: number;
}

/** A hundred functions that call each other in many ways, so that what is alive has many stacks. */
function makeStacks(): (depth: number, path: number, leaf: () => unknown) => unknown {
  const functions: ((depth: number, path: number, leaf: () => unknown) => unknown)[] = [];
  for (let i = 0; i < 100; i++)
    functions.push(
      (
        runInThisContext(
          `(functions) => function level${i}(depth, path, leaf) {
          return depth === 0 ? leaf() : functions[(path * 31 + depth * ${i + 7}) % 100](depth - 1, path, leaf);
        }`,
        ) as (list: typeof functions) => (typeof functions)[number]
      )(functions),
    );
  return (depth, path, leaf) => functions[path % 100]?.(depth, path, leaf);
}

function child(mode: Mode, megabytes: number): Run {
  const sampler = new HeapSampler(INTERVAL_BYTES, mode === "alloc");
  if (mode !== "off") sampler.start();
  const call = makeStacks();
  const kept: unknown[] = [];
  // A row is some 1 kB of objects and strings.
  for (let i = 0; i < megabytes * 1024; i++)
    kept.push(
      call(20, i % 1000, () =>
        Array.from({ length: 12 }, (_, j) => ({ id: i, at: j, text: `row ${i} ${j}` })),
      ),
    );
  const body = JSON.stringify(
    Array.from({ length: 200 }, (_, i) => ({ id: i, name: `name ${i}`, tags: ["a", "b"] })),
  );
  const before = process.cpuUsage();
  let sum = 0;
  for (let i = 0; i < 30_000; i++) {
    const parsed = JSON.parse(body) as { id: number; name: string }[];
    sum += parsed.map((one) => ({ ...one, name: one.name.toUpperCase() })).length;
  }
  const { user, system } = process.cpuUsage(before);
  const rssMebibytes = process.memoryUsage.rss() / 1048576;
  const cpuMillis = (user + system) / 1000;
  if (mode === "off" || sum === 0 || kept.length === 0)
    return { cpuMillis, rssMebibytes, takeMillis: 0, encodeMillis: 0, bytes: 0 };
  const began = performance.now();
  const root = sampler.take();
  const took = performance.now();
  const message = heapMessageNow(
    {
      root,
      reason: "interval",
      kind: mode,
      clock: { monotonicNanos: 1n, epochNanos: 1n },
      durationNanos: 0n,
      intervalBytes: INTERVAL_BYTES,
      facts: {
        instance: "0".repeat(32),
        threadId: 0,
        threadName: "main",
        seq: 0,
        periodNanos: 10_101_000,
        quietLoop: true,
        mode: "continuous",
        schedule: undefined,
        contextPath: "frame",
        resource: { "service.name": "bench" },
      },
      stallNanos: 0,
    },
    { files: new FileNames(process.cwd()), maps: undefined },
  );
  const encoded = performance.now();
  return {
    cpuMillis,
    rssMebibytes,
    takeMillis: took - began,
    encodeMillis: encoded - took,
    bytes: message?.body.length ?? 0,
  };
}

const [, , first = "7", megabytesOfChild] = process.argv;
if (megabytesOfChild !== undefined) {
  process.stdout.write(JSON.stringify(child(first as Mode, Number(megabytesOfChild))));
} else {
  const median = (values: readonly number[]): number =>
    Math.round((values.toSorted((a, b) => a - b)[values.length >> 1] as number) * 100) / 100;
  const results = [];
  for (const megabytes of MEGABYTES) {
    const runs = new Map<string, Run[]>(MODES.map((mode) => [mode, []]));
    for (let round = 0; round < Number(first); round++)
      for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
        const { stdout, stderr } = spawnSync(
          process.execPath,
          [
            "--max-old-space-size=2048",
            "--conditions=hotspan-source",
            import.meta.filename,
            mode,
            String(megabytes),
          ],
          { encoding: "utf8" },
        );
        if (stdout === "") throw new Error(stderr);
        runs.get(mode)?.push(JSON.parse(stdout) as Run);
      }
    for (const [mode, list] of runs) {
      const of = (key: keyof Run): number => median(list.map((run) => run[key]));
      const result = {
        aliveMegabytes: megabytes,
        mode,
        cpuMillis: of("cpuMillis"),
        rssMebibytes: of("rssMebibytes"),
        takeMillis: of("takeMillis"),
        encodeMillis: of("encodeMillis"),
        bytes: of("bytes"),
      };
      results.push(result);
      console.log(JSON.stringify(result));
    }
  }
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `agent-heap-${MAJOR}.json`),
    `${JSON.stringify({ node: process.versions.node, rounds: Number(first), results }, undefined, 2)}\n`,
  );
}
