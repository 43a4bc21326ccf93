import { setTimeout as sleep } from "node:timers/promises";

/** Waits 0.1, 0.2, 0.4 … at most 5 s, each between half and all of it, so that many who wait do not come back at once. */
export async function backOff(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(5000, 100 * 2 ** Math.min(failures - 1, 10));
  const wait = longest / 2 + Math.random() * (longest / 2);
  await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
}
