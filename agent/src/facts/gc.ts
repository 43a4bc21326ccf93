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

/** Collects exact garbage collections of this thread. */
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
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  /** Those since the last call. */
  take(): GcEvent[] {
    this.#add(this.#observer?.takeRecords() ?? []);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #add(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      if (this.#events.length >= LIMIT) return;
      const { kind } = (entry as { detail?: { kind?: number } }).detail ?? {};
      this.#events.push({ start: entry.startTime, duration: entry.duration, kind: kind ?? 0 });
    }
  }
}
