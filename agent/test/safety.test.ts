import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPprof, sampleTotals, type Window } from "@hotspan/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

const receiver = Receiver.each();
let runtimeFolder: string;
beforeEach(async () => {
  runtimeFolder = mkdtempSync(join(tmpdir(), "hotspan-run-"));
});
afterEach(async () => {
  rmSync(runtimeFolder, { recursive: true });
});

interface Status {
  readonly pid: number;
  readonly state: string;
  readonly because?: string;
  readonly hz: number;
  readonly labels: string;
  readonly windows: { readonly taken: number; readonly sent: number };
  readonly config: { readonly token: string };
}
interface Seen {
  readonly metrics: Readonly<Record<string, number>>;
  readonly status: readonly Status[];
  readonly listeners: Readonly<Record<string, number>>;
}
interface Printed {
  readonly events: {
    readonly window: readonly {
      readonly labelled: number;
      readonly cpuShare: number;
      readonly bytes: number;
    }[];
    readonly dropped: readonly { readonly reason: string; readonly bytes: number }[];
    readonly backoff: readonly {
      readonly state: string;
      readonly reason: string;
      readonly hz: number;
      readonly windowMillis: number;
      readonly journal: boolean;
    }[];
  };
  readonly before: Seen;
  readonly after: Seen;
  readonly states: readonly string[];
  readonly patched: boolean;
}

async function run(env: Record<string, string>, binary = process.execPath) {
  const { code, stdout, stderr } = await runNode(
    ["--import", registerModule, app("safety.cjs")],
    {
      HOTSPAN_ENDPOINT: receiver.url,
      HOTSPAN_WINDOW_MS: "500",
      HOTSPAN_TOKEN: "secret",
      TEST_MILLIS: "2500",
      XDG_RUNTIME_DIR: runtimeFolder,
      ...env,
    },
    binary,
  ).ended;
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return { printed: JSON.parse(stdout) as Printed, stderr };
}

const statusFiles = (): string[] => readdirSync(join(runtimeFolder, `hotspan-${process.getuid?.()}`));
const nothingLeft = { metrics: {}, status: [] };

/** Of the windows' time, the share that was spent in `spin`, by the pprof section. */
function spinShare(windows: readonly Window[]): number {
  let spin = 0;
  let all = 0;
  for (const { header, ticks, pprof: bytes } of windows) {
    const pprof = readPprof(bytes);
    const { wallNanos } = sampleTotals(ticks, header, pprof.samples);
    for (let sample = 0; sample < pprof.samples; sample++) {
      for (let i = pprof.sampleStart[sample] as number; i < (pprof.sampleStart[sample + 1] as number); i++) {
        const fn = pprof.lineFunction[
          pprof.lineStart[pprof.sampleLocations[i] as number] as number
        ] as number;
        if (pprof.string(pprof.functionName[fn] as number) !== "spin") continue;
        spin += wallNanos[sample] as number;
        break;
      }
    }
    all += Number(header.end.monotonicNanos - header.start.monotonicNanos);
  }
  return spin / all;
}

/** Of the thread's CPU, the part that ticks bring. */
function cpuShare(windows: readonly Window[]): number {
  let ticks = 0;
  let thread = 0;
  for (const {
    header,
    ticks: { cpuMicros },
  } of windows) {
    for (const micros of cpuMicros) ticks += micros * 1000;
    thread += header.threadCpuNanos;
  }
  return ticks / thread;
}

test.for(runtimes)(
  "above its budget it backs off step by step to nothing, and its windows say at which rate: Node $major",
  async ({ binary }) => {
    const { printed, stderr } = await run({ HOTSPAN_BUDGET: "0.1%,10000ms", TEST_MILLIS: "40000" }, binary);
    const steps = printed.events.backoff;
    expect(steps.map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
      "backed off: cpu",
      "backed off: cpu",
      "backed off: cpu",
      "off: cpu",
    ]);
    const [rate, windows, journal] = steps;
    expect(rate?.hz).toBeLessThan(50);
    expect(windows?.windowMillis).toBe(1500);
    expect(journal?.journal).toBe(false);
    // Each step is said once, and at the end that it is over.
    const said = stderr.split("\n").filter((line) => line.includes("HOTSPAN_AGENT_BACKED_OFF"));
    expect(said).toHaveLength(4);
    expect(said[0]).toContain(`99 → ${rate?.hz} samples per second`);
    expect(said[3]).toContain("sampling stopped");
    expect(printed.states).toEqual(["collecting", "backed off", "off"]);
    expect(printed.before.status[0]).toMatchObject({ state: "off" });
    expect(printed.before.metrics).toMatchObject({ "hotspan.agent.state off": 1 });
    expect(printed.patched).toBe(false);

    // One sequence of windows, none of them of two rates, in all of which the time adds up.
    const all = receiver.windows;
    expectComplete(all);
    const slow = Math.round(1e6 / (rate?.hz ?? 0)) * 1000;
    expect(new Set(all.map(({ header }) => header.periodNanos))).toEqual(new Set([10_101_000, slow]));
    for (const { header } of all) {
      const length = Number(header.end.monotonicNanos - header.start.monotonicNanos);
      expect(header.expectedTicks).toBe(Math.round(length / header.periodNanos));
      expect(header.takenTicks).toBeLessThanOrEqual(header.expectedTicks * 1.2 + 2);
    }
    for (const group of [
      all.filter(({ header }) => header.periodNanos !== slow),
      all.filter(({ header }) => header.periodNanos === slow),
    ]) {
      // Half of it; at eleven ticks a second, of which some come at the moment the loop wakes, ten seconds say no more.
      expect(spinShare(group)).toBeGreaterThan(0.1);
      expect(spinShare(group)).toBeLessThan(0.95);
      expect(group.flatMap(({ labels }) => labels).length).toBeGreaterThan(3);
      // The ticks bring the thread's CPU whatever the rate; what came behind a window's last one is missing.
      expect(cpuShare(group)).toBeGreaterThan(0.75);
      expect(cpuShare(group)).toBeLessThan(1.05);
    }
    expect(all.at(-1)?.journal).toBe(undefined);
    expect(all[0]?.journal).not.toBe(undefined);
    expect(printed.after).toMatchObject(nothingLeft);
  },
);

test.for(runtimes)(
  "what it does is to be seen from outside, and nothing of it is left after stop(): Node $major",
  async ({ binary }) => {
    const { printed, stderr } = await run({ HOTSPAN_BUDGET: "off" }, binary);
    expect(stderr).toBe("");
    const { events, before, after } = printed;
    expect(events.backoff).toEqual([]);
    expect(events.window.length).toBeGreaterThanOrEqual(3);
    const [window] = events.window;
    expect(window?.labelled).toBeGreaterThan(5);
    expect(window?.cpuShare).toBeGreaterThan(0);
    expect(window?.cpuShare).toBeLessThan(0.5);
    expect(before.metrics).toMatchObject({
      "hotspan.agent.state collecting": 1,
      "hotspan.agent.state off": 0,
      "hotspan.agent.windows dropped": 0,
      "hotspan.agent.dropped_bytes": 0,
    });
    expect(before.metrics["hotspan.agent.samples labelled"]).toBeGreaterThan(50);
    expect(before.metrics["hotspan.agent.windows sent"]).toBeGreaterThanOrEqual(2);
    expect(before.metrics["hotspan.agent.flush_stall"]).toBeGreaterThanOrEqual(3);
    expect(before.metrics["hotspan.agent.cpu_time windows"]).toBeGreaterThan(0);
    expect(before.metrics["hotspan.thread_pool.queue_delay"]).toBeGreaterThan(0);
    expect(before.metrics["hotspan.worker_threads"]).toBe(0);
    expect(before.metrics["hotspan.active_resources Timeout"]).toBeGreaterThan(0);
    expect(before.metrics["v8js.memory.heap.used old_space"]).toBeGreaterThan(1e6);
    expect(before.metrics["v8js.memory.heap.space.size old_space"]).toBeGreaterThan(1e6);
    const [status = expect.unreachable()] = before.status;
    expect(status).toMatchObject({ state: "collecting", hz: 99 });
    expect(status.windows.taken).toBeGreaterThanOrEqual(3);
    expect(status.labels).toMatch(/^(?:frame|hooks)$/);
    expect(JSON.stringify(status)).not.toContain("secret");
    expect(after).toMatchObject(nothingLeft);
    expect(after.listeners).toEqual(before.listeners);
    expect(statusFiles()).toEqual([]);
  },
);

test("what cannot be sent is told and counted", async () => {
  receiver.status = 400;
  const { printed } = await run({});
  expect(printed.events.dropped[0]).toMatchObject({ reason: "refused" });
  expect(printed.before.metrics["hotspan.agent.windows refused"]).toBeGreaterThan(0);
  expect(printed.before.metrics["hotspan.agent.dropped_bytes"]).toBeGreaterThan(100);
});

test("an error of its own ends it: nothing stays patched, nothing grows, the program goes on", async () => {
  const { printed, stderr } = await run({ TEST_BREAK: "on", TEST_MILLIS: "10000" });
  expect(stderr).toMatch(/sampling stopped: deliberate \(HOTSPAN_AGENT_INTERNAL\)/);
  expect(printed.patched).toBe(false);
  expect(printed.before.status[0]).toMatchObject({ state: "off", because: "an internal error" });
});

test("without a meter provider there are no metrics, and HOTSPAN_STATUS=off writes no file", async () => {
  const { printed } = await run({ TEST_METRICS: "off", HOTSPAN_STATUS: "off", TEST_MILLIS: "1500" });
  expect(printed.before).toMatchObject(nothingLeft);
  expect(printed.events.window.length).toBeGreaterThan(0);
  expect(existsSync(join(runtimeFolder, `hotspan-${process.getuid?.()}`))).toBe(false);
});

test("the kill switch leaves nothing to be seen", async () => {
  const { printed, stderr } = await run({ HOTSPAN_ENABLED: "off", HOTSPAN_LOG: "debug", TEST_MILLIS: "800" });
  expect(stderr).toBe("");
  expect(printed.before).toMatchObject(nothingLeft);
  expect(printed.events).toEqual({ window: [], dropped: [], backoff: [] });
  expect(readdirSync(runtimeFolder)).toEqual([]);
});

test("process.exit() takes the status file along; HOTSPAN_LOG=debug shows the settings once, without the token", async () => {
  const { code, stderr } = await runNode(["--import", registerModule, app("life.cjs"), "exit"], {
    HOTSPAN_ENDPOINT: receiver.url,
    HOTSPAN_TOKEN: "secret",
    HOTSPAN_LOG: "debug",
    XDG_RUNTIME_DIR: runtimeFolder,
  }).ended;
  expect(code).toBe(3);
  expect(statusFiles()).toEqual([]);
  const lines = stderr.split("\n").filter((line) => line.startsWith("hotspan: settings "));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"token":"(set)"');
  expect(stderr).not.toContain("secret");
});

test("dying of SIGTERM takes the status file along too", async () => {
  const child = runNode(["--import", registerModule, app("life.cjs"), "signal"], {
    HOTSPAN_ENDPOINT: receiver.url,
    XDG_RUNTIME_DIR: runtimeFolder,
  });
  await child.printed(/READY/);
  await expect.poll(statusFiles).toEqual([`${child.process.pid}.json`]);
  child.process.kill("SIGTERM");
  expect(await child.ended).toMatchObject({ code: null, signal: "SIGTERM" });
  expect(statusFiles()).toEqual([]);
});
