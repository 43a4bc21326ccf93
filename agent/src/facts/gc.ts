import type { PerformanceEntry } from "node:perf_hooks";
import { PerformanceObserver } from "node:perf_hooks";
import { inCleanContext } from "../clean.ts";

/** One collection; times in milliseconds of `performance.now()`. */
export interface GcEvent {
  readonly start: number;
  readonly duration: number;
  /** perf_hooks.constants.NODE_PERFORMANCE_GC_*. */
  readonly kind: number;
}

const LIMIT = 10_000;
/** Windows end every 30 s at most; what is older belonged to one that was dropped. */
const OLD_MILLIS = 120_000;

/**
 * Collects exact garbage collections of this thread. Node.js tells of one some turns later, so those of a window are all
 * there only a moment after its end.
 */
export class GcEvents {
  #events: GcEvent[] = [];
  #observer: PerformanceObserver | undefined;

  start(): void {
    inCleanContext(() => {
      this.#observer = new PerformanceObserver((list) => this.#add(list.getEntries()));
      this.#observer.observe({ entryTypes: ["gc"] });
    });
  }

  stop(): void {
    this.#add(this.#observer?.takeRecords() ?? []);
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  /** Those that began within [from, to), each once; milliseconds of `performance.now()`. */
  take(from: number, to: number): GcEvent[] {
    this.#add(this.#observer?.takeRecords() ?? []);
    const taken: GcEvent[] = [];
    const left: GcEvent[] = [];
    for (const event of this.#events) {
      if (event.start >= from && event.start < to) taken.push(event);
      else if (event.start > from - OLD_MILLIS) left.push(event);
    }
    this.#events = left;
    return taken;
  }

  #add(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      if (this.#events.length >= LIMIT) return;
      const { kind } = (entry as { detail?: { kind?: number } }).detail ?? {};
      this.#events.push({ start: entry.startTime, duration: entry.duration, kind: kind ?? 0 });
    }
  }
}
