import { ApiError } from "./client.ts";

const TIMES = 2;

/** Only what may pass: nothing answered, the store was away for a moment, or too many ask at once. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < TIMES && error instanceof ApiError && [0, 429, 503].includes(error.status);
}

/** As long as the server says, up to a quarter more by chance: not all come again at once. */
export function retryDelayMs(failures: number, error: unknown, random: () => number = Math.random): number {
  const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
  return asked === undefined ? 400 * 2 ** failures : asked * (1 + random() / 4);
}
