import type { Target } from "./target.ts";

/** One row of `deletion_jobs`. Times are Unix ms. */
export interface Job {
  /** 32 hex digits. */
  readonly id: string;
  readonly target: Target;
  readonly state: "queued" | "running" | "done";
  /** The table that is worked on; empty: none. */
  readonly step: string;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly error: string;
  readonly passes: number;
  /** undefined: never again. */
  readonly nextPassAt: number | undefined;
  readonly requestedAt: number;
  readonly finishedAt: number | undefined;
  readonly owner: string;
  /** By the clock of ClickHouse: how long ago anybody wrote it. */
  readonly silentMs: number;
  readonly version: bigint;
}

/**
 * When what arrived late is looked for, after the first pass: what an agent, a Collector or another correlator still held. Two
 * days, because Kafka's topics keep records as long as that.
 */
const LATE_MS = [60_000, 600_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000, 48 * 3_600_000];

/** When the pass after the one that ended now is due; undefined: that was the last. */
export function nextPass(requestedAt: number, now: number): number | undefined {
  return LATE_MS.map((ms) => requestedAt + ms).find((at) => at > now);
}

/** Until when rows that arrive late are deleted as well. */
export function lateUntil(requestedAt: number): number {
  return requestedAt + (LATE_MS.at(-1) as number);
}
