import { setTimeout as sleep } from "node:timers/promises";
import { HEADERS } from "@hotspan/wire";
import { expect } from "vitest";
import { compareRows, type Difference } from "./rows-in.ts";
import { type Message, message, newInstance } from "./windows.ts";
import { eventually, type World } from "./world.ts";

/** Sends windows of several threads until `over`, each until it was acknowledged, as an agent does. Resolves to all of them. */
export async function sendUntil(
  over: AbortSignal,
  send: (message: Message) => Promise<boolean>,
  { threads = 3, pauseMs = 50 }: { readonly threads?: number; readonly pauseMs?: number } = {},
): Promise<readonly Message[]> {
  const acknowledged: Message[] = [];
  const thread = async (): Promise<void> => {
    const instance = newInstance();
    for (let seq = 0; !over.aborted; seq++) {
      const window = await message({ instance, seq });
      await untilTrue(() => send(window));
      acknowledged.push(window);
      await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: threads }, thread));
  return acknowledged;
}

/** Tries again every 50 ms, for as long as it takes. */
export async function untilTrue(attempt: () => Promise<boolean>): Promise<void> {
  while (!(await attempt())) await sleep(50);
}

/** Every acknowledged window with all its rows, and none twice. Waits until the windows are there, then counts once. */
export async function expectStoredOnce(world: World, sent: readonly Message[]): Promise<void> {
  const threads = `Instance IN (${[...new Set(sent.map(({ instance }) => `'${instance}'`))].join(", ")})`;
  const stored = `SELECT uniqExact(Instance, Seq) FROM profile_windows WHERE ${threads}`;
  await eventually("every acknowledged window", async () => (await world.count(stored)) === sent.length, 120);
  const timestampMs = Date.now();
  const records = sent.map(({ value }, i) => ({
    offset: BigInt(i),
    timestampMs,
    headers: { [HEADERS.encoding]: "zstd" },
    value,
  }));
  expectSame(await compareRows(world, { profiles: records }, { profiles: threads, spans: "0" }));
}

export function expectSame(found: Readonly<Record<string, Difference>>): void {
  expect(Object.entries(found).filter(([, { lost, doubled }]) => lost + doubled > 0)).toEqual([]);
  expect(found["profile_samples"]?.rows).toBeGreaterThan(0);
}
