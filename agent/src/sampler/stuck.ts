import { performance } from "node:perf_hooks";
import { threadNanos } from "../facts/cpu.ts";

/** Periods of a busy loop that pass without a hit only if V8's sampler thread is stuck. */
const PERIODS = 20;

/** Of one thread so far, milliseconds. */
export interface Work {
  /** What its loop was not waiting. */
  readonly active: number;
  readonly cpu: number;
}

/**
 * Whether V8's sampler thread is stuck, asked after each window. The sampler's own detector says so of every window without a
 * hit. But a quiet loop that sleeps gets none, and less than a second may pass until something wakes it (the first hit behind a
 * start is not counted either); a flush right behind another leaves no time for one; and where threads wait for a processor, the
 * sampler's waits as well. So the time the thread ran in turns of its loop is added up over the windows without a hit, as many as
 * it takes.
 */
export class StuckDetector {
  readonly #read: () => Work;
  #before: Work;
  #withoutHit = 0;

  constructor(read: () => Work = work) {
    this.#read = read;
    this.#before = read();
  }

  /** @param verdict of `v8ProfilerStuckEventLoopDetected()`: 2 if the window had no hit */
  window(verdict: number, periodMicros: number): boolean {
    const now = this.#read();
    const worked = Math.min(now.active - this.#before.active, now.cpu - this.#before.cpu);
    this.#before = now;
    this.#withoutHit = verdict < 2 ? 0 : this.#withoutHit + worked;
    if (this.#withoutHit * 1000 < PERIODS * periodMicros) return false;
    this.#withoutHit = 0;
    return true;
  }
}

function work(): Work {
  return { active: performance.eventLoopUtilization().active, cpu: threadNanos() / 1e6 };
}
