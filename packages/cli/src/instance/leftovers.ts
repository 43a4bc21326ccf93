import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../process/alive.ts";

/** Waits until these processes are gone, 5 s at most: whoever needs the same folder or port says so better than we could. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  for (
    let waited = 0;
    waited < 5000 && pids.some((pid) => pid !== process.pid && isAlive(pid));
    waited += 50
  ) {
    await sleep(50);
  }
}
