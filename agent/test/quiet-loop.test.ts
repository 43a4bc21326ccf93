import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

interface Utilization {
  readonly main: number;
  readonly worker: number;
}

async function idle(binary: string, env: Record<string, string>): Promise<[Utilization, Receiver]> {
  const receiver = await Receiver.start();
  const child = runNode(
    ["--import", registerModule, app("idle.cjs")],
    { HOTSPAN_ENDPOINT: receiver.url, ...env },
    binary,
  );
  const { code, stdout, stderr } = await child.ended;
  await receiver.close();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return [JSON.parse(stdout) as Utilization, receiver];
}

test.concurrent.for(runtimes)(
  "on Node $major an idle process looks idle while it is sampled, main thread and worker",
  async ({ binary }) => {
    const [utilization, receiver] = await idle(binary, {});
    expect(utilization.main).toBeLessThanOrEqual(0.02);
    expect(utilization.worker).toBeLessThanOrEqual(0.02);
    // Both were sampled indeed, as threads of one instance.
    expect(receiver.windows.every((window) => window.header.quietLoop)).toBe(true);
    expect(new Set(receiver.windows.map((window) => window.header.instance)).size).toBe(1);
    const threads = new Map(receiver.windows.map(({ header }) => [header.threadId, header.threadName]));
    expect(threads.get(0)).toBe("main");
    expect(threads.size).toBe(2);
  },
);

test.concurrent("without the addon the sampler makes the same process look busy, and the window says so", async () => {
  const [utilization, receiver] = await idle(process.execPath, { HOTSPAN_QUIET_LOOP: "off" });
  expect(utilization.main).toBeGreaterThan(0.5);
  expect(utilization.worker).toBeGreaterThan(0.5);
  expect(receiver.windows.length).toBeGreaterThan(0);
  expect(receiver.windows.some((window) => window.header.quietLoop)).toBe(false);
  // Its idle time is not to be trusted then, so there is no journal.
  expect(receiver.windows.some((window) => window.journal !== undefined)).toBe(false);
});

test.concurrent.for(["on", "off"])(
  "windows too short for a sample are not taken for a stuck sampler, quiet loop %s",
  async (quiet) => {
    const receiver = await Receiver.start();
    const { code, stderr } = await runNode(["--import", registerModule, app("flush-often.cjs")], {
      HOTSPAN_ENDPOINT: receiver.url,
      HOTSPAN_HZ: "20",
      HOTSPAN_QUIET_LOOP: quiet,
    }).ended;
    await receiver.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(receiver.windows.some(({ header }) => header.takenTicks === 0)).toBe(true);
  },
);
