// Planted cause `pool-wait`: a request waits for one of two connections that others keep.
//
// - where: accounts. `GET /report/{id}` keeps a connection for a query of 250 ms; `GET /profile/{id}` needs one for 5 ms
// - share: two reports come at once, and a profile 50 ms after them
// - truth: that profile waits ~200 ms in `ConnectionPool.acquire`: `wait.other`, for no span and no work belongs to that
//   time; its query is a child of 5 ms
import { setTimeout as passes } from "node:timers/promises";

export const CONNECTIONS = 2;
export const QUERY_MS = { report: 250, lightReport: 5, profile: 5 } as const;
/** So long after two reports the profile is asked for. */
export const PROFILE_AFTER_MS = 50;

/** Hands out `size` connections, first come first served. */
export class ConnectionPool {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  async acquire(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** The database is somebody else's machine: all that is seen of it here is that its answer takes time. */
export async function databaseAnswers(ms: number): Promise<void> {
  await passes(ms);
}
