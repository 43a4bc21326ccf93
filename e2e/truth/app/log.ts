// What the program says about itself. All times are nanoseconds of CLOCK_MONOTONIC.
import { appendFileSync } from "node:fs";
import { PerformanceObserver, performance } from "node:perf_hooks";
import { now } from "./clock.ts";

/** One stretch of the loop, from the first to the last instruction of a step; it never contains an await. */
export interface WorkEntry {
  readonly type: "work";
  readonly kind: "cpu" | "blocked";
  /** Span that was active; "" if none. */
  readonly owner: string;
  readonly function: string;
  readonly start: number;
  readonly end: number;
  readonly cpu: number;
  readonly delay: number;
}

/** From the moment a span had nothing left to do until its continuation ran. */
export interface WaitEntry {
  readonly type: "wait";
  /** Names the root span's flow of control, or one branch of it. */
  readonly flow: number;
  readonly kind: "child" | "other" | "pool";
  readonly start: number;
  readonly end: number;
  /** When the awaited thing was there. With `call`, the remote service knows; with neither, when the continuation ran. */
  readonly ready?: number | undefined;
  /** Client span whose answer was awaited, and the how-manieth write of it. */
  readonly call?: string | undefined;
  readonly write?: number | undefined;
  /** When its request was written, on a connection that was made for it. */
  readonly sent?: number | undefined;
  /** CPU of the thread meanwhile, and how long it was runnable without a processor. */
  readonly cpu: number;
  readonly delay?: number;
}

/** Branches that were awaited together: the wait is that of the one that ended last. */
export interface JoinEntry {
  readonly type: "join";
  readonly flow: number;
  readonly last: number;
}

export interface SpanEntry {
  readonly type: "span";
  readonly traceId: string;
  readonly spanId: string;
  /** "" for a span without a local parent. */
  readonly parent: string;
  readonly endpoint: string;
  readonly scenario: string;
  readonly flow: number;
  readonly start: number;
  readonly end: number;
}

export interface GcEntry {
  readonly type: "gc";
  readonly start: number;
  readonly end: number;
}

/** One answer of the remote service: when its handler began, and when each write was handed to the kernel. */
export interface AnswerEntry {
  readonly type: "answer";
  readonly call: string;
  readonly start: number;
  readonly writes: readonly number[];
}

/** The whole process stood still (SIGSTOP). */
export interface StopEntry {
  readonly type: "stop";
  readonly start: number;
  readonly end: number;
}

/** What the hypervisor took meanwhile, of all processors. */
export interface MachineEntry {
  readonly type: "machine";
  readonly start: number;
  readonly end: number;
  readonly stolenTicks: number;
}

export type Entry =
  | MachineEntry
  | WorkEntry
  | WaitEntry
  | JoinEntry
  | SpanEntry
  | GcEntry
  | AnswerEntry
  | StopEntry;

/** Kept in memory and written between spans: a write in the middle of one would be work nobody logged. */
export class TruthLog {
  readonly #path: string;
  #entries: Entry[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  watchGc(): void {
    const origin = now() - performance.now() * 1e6;
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        const start = origin + startTime * 1e6;
        this.add({ type: "gc", start, end: start + duration * 1e6 });
      }
    }).observe({ entryTypes: ["gc"] });
  }

  flush(): void {
    const lines = this.#entries.map((entry) => `${JSON.stringify(entry)}\n`);
    this.#entries = [];
    appendFileSync(this.#path, lines.join(""));
  }
}
