import type { Logger } from "pino";

/** What can be full: ClickHouse's disk, that of the ingest log, or what the operator allows. */
export const PLACES = ["store", "log", "limit"] as const;
export type Place = (typeof PLACES)[number];

/** A full log is tried again after this long, and believed in no longer than `forgetMs` when nobody tries. */
const tryMs = 2000;
const forgetMs = 30_000;

interface Full {
  readonly reason: string;
  readonly atMs: number;
}

/** Whether there is room for what comes in. Nothing is lost without it: the doors refuse, and partitions wait. */
export class Room {
  readonly #log: Logger;
  readonly #now: () => number;
  /** By place, then by who says so. */
  readonly #full: Readonly<Record<Place, Map<string, Full>>> = {
    store: new Map(),
    log: new Map(),
    limit: new Map(),
  };
  #waiting: (() => void)[] = [];

  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** `who` found the place full; said again with each failure, and logged once. `reason` says what to do. */
  full(place: Place, who: string, reason: string): void {
    if (!this.isFull(place)) this.#log.error({ place }, `ingest pauses: ${reason}`);
    this.#full[place].set(who, { reason, atMs: this.#now() });
  }

  /** `who` found room, or does not look any more. */
  free(place: Place, who: string): void {
    if (this.#full[place].delete(who)) this.#told(place);
  }

  /** Says so when that was the last who had found it full. */
  #told(place: Place): void {
    if (this.#full[place].size > 0) return;
    this.#log.info({ place }, "ingest goes on");
    if (place === "limit") for (const wake of this.#waiting.splice(0)) wake();
  }

  isFull(place: Place): boolean {
    return this.#reason(place) !== undefined;
  }

  /** Why ingest pauses; undefined while it does not. */
  get reason(): string | undefined {
    return PLACES.map((place) => this.#reason(place)).find((reason) => reason !== undefined);
  }

  /** Why a record is not taken now; undefined: take it. A full log is tried now and then. */
  get refusal(): string | undefined {
    const latest = Math.max(...Array.from(this.#full.log.values(), ({ atMs }) => atMs), -Infinity);
    if (this.#now() - latest < tryMs) return this.#reason("log");
    return this.#reason("store") ?? this.#reason("limit");
  }

  /** Resolves when the limit is not reached, or the signal aborts. */
  async belowLimit(signal: AbortSignal): Promise<void> {
    while (this.isFull("limit") && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
    }
  }

  #reason(place: Place): string | undefined {
    const entries = this.#full[place];
    if (place === "log")
      for (const [who, { atMs }] of entries) if (this.#now() - atMs > forgetMs) this.free("log", who);
    return entries.values().next().value?.reason;
  }
}
