import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until there is an answer; says what was awaited, and the last error, when there is none in time. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last });
}
