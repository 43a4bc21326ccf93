import { randomFill } from "node:crypto";
import { performance } from "node:perf_hooks";

/** Milliseconds of `performance.now()`. */
export interface PoolEvent {
  readonly start: number;
  readonly queue: number;
}

const INTERVAL_MILLIS = 1000;
const LIMIT = 120;

/**
 * Once a second a job that does next to nothing goes through libuv's thread pool. What it took beyond the time the event
 * loop itself was busy is what a job has to wait for a free thread.
 */
export class PoolProbe {
  #events: PoolEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pending = false;
  readonly #byte = new Uint8Array(1);
  readonly #idleIsTrue: boolean;

  /** @param idleIsTrue whether `nodeTiming.idleTime` can be trusted (quiet loop). */
  constructor(idleIsTrue: boolean) {
    this.#idleIsTrue = idleIsTrue;
  }

  start(): void {
    this.#timer = setInterval(() => this.#probe(), INTERVAL_MILLIS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  take(): PoolEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #probe(): void {
    // A job still queued from a second ago: its own entry will say how long.
    if (this.#pending || this.#events.length >= LIMIT) return;
    this.#pending = true;
    const start = performance.now();
    const idleBefore = performance.nodeTiming.idleTime;
    let loopDelay = 0;
    if (!this.#idleIsTrue)
      setImmediate(() => {
        loopDelay = performance.now() - start;
      });
    randomFill(this.#byte, () => {
      this.#pending = false;
      // While the job waited, a loop with nothing else to do was idle; what it did instead is its own delay.
      const queue = this.#idleIsTrue
        ? performance.nodeTiming.idleTime - idleBefore
        : performance.now() - start - loopDelay;
      this.#events.push({ start, queue: Math.max(0, queue) });
    });
  }
}
