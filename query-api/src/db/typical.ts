import type { TimeRange } from "../params/time.ts";
import { type Operation, operationKey, readTypical } from "./ledger-data.ts";
import type { Caller, Store } from "./store.ts";

const SLOT_NANO = 600_000_000_000n;
/** A range that may still grow is read anew after it. */
const FRESH_MS = 60_000;
/** Spans come late by less than this. */
const LATE_NANO = 300_000_000_000n;
const MAX_KNOWN = 20_000;

interface Known {
  readonly nano: number | undefined;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

/**
 * How long operations usually take. In a busy service an hour is a million spans, 80 ms to read, and its medians are the same for
 * all that is asked about it: so they are kept.
 */
export class TypicalDurations {
  readonly #known = new Map<string, Known>();

  /** The median over the ten minutes of an instant and those on both sides. */
  async around(
    store: Store,
    caller: Caller,
    operations: readonly Operation[],
    at: bigint,
    nowMs: number,
  ): Promise<ReadonlyMap<string, number>> {
    const slot = at / SLOT_NANO;
    const range = { from: slot > 0n ? (slot - 1n) * SLOT_NANO : 0n, to: (slot + 2n) * SLOT_NANO };
    return this.#read(store, caller, operations, range, nowMs);
  }

  /** The median over a range, rounded outwards to ten minutes. */
  async within(
    store: Store,
    caller: Caller,
    operations: readonly Operation[],
    { from, to }: TimeRange,
    nowMs: number,
  ): Promise<ReadonlyMap<string, number>> {
    const range = {
      from: (from / SLOT_NANO) * SLOT_NANO,
      to: ((to + SLOT_NANO - 1n) / SLOT_NANO) * SLOT_NANO,
    };
    return this.#read(store, caller, operations, range, nowMs);
  }

  async #read(
    store: Store,
    caller: Caller,
    operations: readonly Operation[],
    range: TimeRange,
    nowMs: number,
  ): Promise<ReadonlyMap<string, number>> {
    const place = `${range.from}-${range.to}`;
    const found = new Map<string, number>();
    const missing = new Map<string, Operation>();
    for (const one of operations) {
      const key = operationKey(one);
      const known = this.#known.get(`${place} ${key}`);
      if (known === undefined || known.until < performance.now()) missing.set(key, one);
      else if (known.nano !== undefined) found.set(key, known.nano);
    }
    if (missing.size === 0) return found;
    const read = await readTypical(store, caller, [...missing.values()], range);
    const settled = range.to + LATE_NANO < BigInt(nowMs) * 1_000_000n;
    const until = settled ? Infinity : performance.now() + FRESH_MS;
    if (this.#known.size > MAX_KNOWN) this.#known.clear();
    for (const key of missing.keys()) {
      const nano = read.get(key);
      this.#known.set(`${place} ${key}`, { nano, until });
      if (nano !== undefined) found.set(key, nano);
    }
    return found;
  }
}
