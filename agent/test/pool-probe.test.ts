import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { expectComplete } from "./support/complete.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

interface Seen {
  readonly probes: number;
  readonly mostAtOnce: number;
  readonly inContext: number;
  readonly names: readonly string[];
  readonly millis: number;
  /** From queueing a job to its callback, nanoseconds of the monotonic clock. */
  readonly waits?: readonly { readonly start: number; readonly end: number }[];
}

async function run(
  mode: string,
  binary: string,
  env: Record<string, string> = {},
): Promise<[Seen, Receiver]> {
  const receiver = await Receiver.start();
  const child = runNode(
    ["--import", registerModule, app("pool.cjs"), mode],
    { HOTSPAN_ENDPOINT: receiver.url, ...env },
    binary,
  );
  const { code, stdout, stderr } = await child.ended;
  await receiver.close();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const seen = JSON.parse(stdout) as Seen;
  // Made outside of all requests.
  expect(seen.inContext).toBe(0);
  return [seen, receiver];
}

/** Start and end of what probes waited, nanoseconds of the monotonic clock. */
function pauses({ windows }: Receiver): { readonly start: number; readonly end: number }[] {
  return windows.flatMap(({ header, events }) => {
    let at = Number(header.start.monotonicNanos);
    return Array.from(events.poolDeltaMicros, (delta, i) => {
      at += delta * 1000;
      return { start: at, end: at + (events.poolQueueMicros[i] as number) * 1000 };
    });
  });
}

test.for(runtimes)(
  "a short saturation of the pool is seen from the turn on that caused it: Node $major",
  async ({ binary }) => {
    // Windows that end while a probe is under way lose nothing of it.
    const [{ waits = [], names }, receiver] = await run("starved", binary, { HOTSPAN_WINDOW_MS: "1200" });
    const found = pauses(receiver);
    expect(waits.length).toBe(4);
    const seen = waits.filter(({ start, end }) => {
      const covered = found.reduce(
        (sum, pause) => sum + Math.max(0, Math.min(pause.end, end) - Math.max(pause.start, start)),
        0,
      );
      expect(end - start).toBeGreaterThan(50e6);
      return covered > 0.6 * (end - start);
    });
    // Of a probe a second it would be one of them at most. A machine with other things to do may keep a probe waiting.
    expect(seen.length).toBeGreaterThanOrEqual(3);
    // No spans of its own.
    expect([...new Set(names)].toSorted()).toEqual(["first", "login", "victim"]);
  },
);

/** Without jobs of the agent's own: no window ends, and no file is written. */
const calm = { HOTSPAN_WINDOW_MS: "30000", HOTSPAN_STATUS: "off" };

test.for(runtimes)("an idle process is not probed, and not woken for it: Node $major", async ({ binary }) => {
  const [{ probes }] = await run("idle", binary, calm);
  expect(probes).toBe(0);
});

test.for(runtimes)(
  "an active process that asks nothing of the pool finds it free without a probe: Node $major",
  async ({ binary }) => {
    const [{ probes, millis }, receiver] = await run("calm", binary, calm);
    expect(probes).toBe(0);
    // Some real ones among them from the agent's own start.
    const free = pauses(receiver).filter(({ start, end }) => start === end);
    expect(free.length).toBeGreaterThanOrEqual(2);
    expect(free.length).toBeLessThan(millis / 1000 + 4);
  },
);

test("a process that nobody can look into is probed once a second while idle", async () => {
  const [{ probes, millis }] = await run("idle", process.execPath, { HOTSPAN_QUIET_LOOP: "off" });
  expect(probes).toBeGreaterThanOrEqual(2);
  expect(probes).toBeLessThanOrEqual(millis / 1000 + 2);
});

test.for(runtimes)(
  "an active process that waits for the pool is probed up to 10 times a second, one at a time: Node $major",
  async ({ binary }) => {
    const [{ probes, mostAtOnce, millis }, receiver] = await run("active", binary, {
      HOTSPAN_WINDOW_MS: "30000",
    });
    expect(mostAtOnce).toBe(1);
    expect(probes).toBeGreaterThan(millis / 400);
    expect(probes).toBeLessThanOrEqual(millis / 100 + 10);
    // Of those that found the pool free one a second is told.
    expect(pauses(receiver).filter(({ start, end }) => end - start < 500_000).length).toBeLessThan(8);
  },
);

test.for(runtimes)(
  "no window is lost while the application leaves the pool no thread: Node $major",
  async ({ binary }) => {
    const [, { windows }] = await run("hung", binary, { HOTSPAN_WINDOW_MS: "1500" });
    const main = windows.filter(({ header }) => header.threadId === 0);
    expect(main.length).toBeGreaterThanOrEqual(5);
    expectComplete(main);
  },
);

test("without the journal the pool is probed once a second", async () => {
  const [{ probes, millis }] = await run("active", process.execPath, { HOTSPAN_JOURNAL: "off" });
  expect(probes).toBeLessThanOrEqual(millis / 1000 + 1);
});

test("a probe that takes longer than the next one would wait is no word on stderr", async () => {
  const [{ mostAtOnce }] = await run("hung", process.execPath, { HOTSPAN_JOURNAL: "off" });
  expect(mostAtOnce).toBe(1);
});

test("a process whose agent is off is not probed", async () => {
  const [{ probes }] = await run("active", process.execPath, { HOTSPAN_ENABLED: "off" });
  expect(probes).toBe(0);
});
