import { afterEach, beforeEach, expect, test } from "vitest";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Window } from "@hotspan/wire";
import { runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

const receiver = Receiver.each();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotspan-run-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.for(runtimes)(
  "the primary and each worker of a cluster is an instance of its own: Node $major",
  async ({ binary }) => {
    const { code, stdout, stderr } = await runNode(
      ["--import", registerModule, app("cluster.cjs")],
      { HOTSPAN_ENDPOINT: receiver.url, HOTSPAN_WINDOW_MS: "1000" },
      binary,
    ).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "over\n", stderr: "" });
    const instances = new Map<string, { labelled: number; spins: number; windows: Window[] }>();
    for (const window of receiver.windows) {
      const { instance, threadId } = window.header;
      expect(threadId).toBe(0);
      const one = instances.get(instance) ?? { labelled: 0, spins: 0, windows: [] };
      instances.set(instance, one);
      one.windows.push(window);
      for (const [index, stack] of tickStacks(window).entries()) {
        if (!stack.includes("spin")) continue;
        one.spins++;
        if (window.ticks.label[index] !== 0) one.labelled++;
      }
    }
    expect(instances.size).toBe(3);
    for (const { labelled, spins, windows } of instances.values()) {
      expect(spins).toBeGreaterThan(5);
      expect(labelled).toBe(spins);
      expectComplete(windows);
    }
  },
);

interface Held {
  readonly started: number;
  readonly rss: number;
  readonly fds: number;
  readonly tasks: number;
}

test("hundreds of worker threads that end, exit and are terminated leave nothing behind", async () => {
  const { code, stdout, stderr } = await runNode(["--import", registerModule, app("soak.cjs"), "200"], {
    HOTSPAN_ENDPOINT: receiver.url,
    HOTSPAN_WINDOW_MS: "1000",
    XDG_RUNTIME_DIR: folder,
  }).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { seen } = JSON.parse(stdout) as { readonly seen: readonly Held[] };
  // What comes once (threads of the pool, caches) has come by then.
  const early = seen.find(({ started }) => started >= 60);
  const end = seen.at(-1);
  if (early === undefined || end === undefined) return expect.unreachable();
  console.log(`200 workers: ${JSON.stringify({ early, end })}`);
  expect(end.fds).toBeLessThanOrEqual(early.fds + 4);
  expect(end.tasks).toBeLessThanOrEqual(early.tasks + 2);
  // A leak of a thread's sampler, or of its isolate, would be megabytes for each of 140.
  expect(end.rss - early.rss).toBeLessThan(100e6);
  expect(new Set(receiver.windows.map(({ header }) => header.instance)).size).toBe(1);
  expect(new Set(receiver.windows.map(({ header }) => header.threadId)).size).toBeGreaterThan(50);
  expect((await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json"))).toEqual([]);
});
