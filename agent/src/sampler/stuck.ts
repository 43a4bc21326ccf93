import { performance } from "node:perf_hooks";

/** Periods of a busy loop that pass without a hit only if V8's sampler thread is stuck. */
const PERIODS = 20;

/**
 * Whether V8's sampler thread is stuck, asked after each window. The sampler's own detector says so of every window without a
 * hit. But a quiet loop that sleeps gets none, and less than a second may pass until something wakes it (the first hit behind a
 * start is not counted either); and a flush right behind another leaves no time for one. So the time the loop was at work
 * is added up over the windows without a hit, as many as it takes.
 */
export class StuckDetector {
  readonly #active: () => number;
  #before: number;
  #withoutHit = 0;

  /** @param active milliseconds the loop of this thread was not waiting so far */
  constructor(active: () => number = loopActive) {
    this.#active = active;
    this.#before = active();
  }

  /** @param verdict of `v8ProfilerStuckEventLoopDetected()`: 2 if the window had no hit */
  window(verdict: number, periodMicros: number): boolean {
    const now = this.#active();
    const worked = now - this.#before;
    this.#before = now;
    this.#withoutHit = verdict < 2 ? 0 : this.#withoutHit + worked;
    if (this.#withoutHit * 1000 < PERIODS * periodMicros) return false;
    this.#withoutHit = 0;
    return true;
  }
}

function loopActive(): number {
  return performance.eventLoopUtilization().active;
}
