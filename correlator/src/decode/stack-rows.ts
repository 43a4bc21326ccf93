import { HashIndex } from "./hash-index.ts";
import { mondayPartition } from "./partition.ts";
import type { ShardedWriter } from "./sharded-writer.ts";
import type { Stacks } from "./stacks.ts";

export const STACK_COLUMNS: readonly string[] = [
  "ServiceName",
  "StackHash",
  "Functions",
  "Files",
  "Lines",
  "Columns",
  "Packages",
  "Kinds",
  "LastSeen",
];

/**
 * Stacks already stored today, per service, so that each is sent once a day and process and not once a batch: a stack's row
 * is ten times a sample's. Forgetting is harmless (the table replaces equal keys), so it forgets all when it is full.
 */
export class StackMemory {
  readonly #services = new Map<string, HashIndex>();
  readonly #limit: number;
  #size = 0;

  constructor(limit = 2_000_000) {
    this.#limit = limit;
  }

  has(key: string, high: number, low: number): boolean {
    return this.#services.get(key)?.has(high, low) ?? false;
  }

  /** Their rows were deleted: they are sent again. */
  forget(service: string): void {
    for (const [key, known] of this.#services) {
      if (key.slice(key.indexOf(" ") + 1) !== service) continue;
      this.#services.delete(key);
      this.#size -= known.size;
    }
  }

  add(key: string, stacks: HashIndex): void {
    if (this.#size + stacks.size > this.#limit) {
      this.#services.clear();
      this.#size = 0;
    }
    let known = this.#services.get(key);
    if (known === undefined) {
      known = new HashIndex(stacks.size);
      this.#services.set(key, known);
    }
    const before = known.size;
    for (let i = 0; i < stacks.size; i++) known.add(stacks.high(i), stacks.low(i));
    this.#size += known.size - before;
  }
}

/** Writes the rows of `profile_stacks` that neither this batch nor the memory has yet. */
export class StackRows {
  readonly #to: ShardedWriter;
  readonly #memory: StackMemory | undefined;
  /** `day service` → hashes written in this batch. */
  readonly #batch = new Map<string, HashIndex>();

  constructor(to: ShardedWriter, memory: StackMemory | undefined) {
    this.#to = to;
    this.#memory = memory;
  }

  write(stacks: Stacks, service: string, recordMs: number): void {
    const key = `${Math.floor(recordMs / 86_400_000)} ${service}`;
    let written = this.#batch.get(key);
    if (written === undefined) {
      written = new HashIndex(stacks.index.size);
      this.#batch.set(key, written);
    }
    const seconds = Math.floor(recordMs / 1000);
    for (let i = 0; i < stacks.index.size; i++) {
      const high = stacks.index.high(i);
      const low = stacks.index.low(i);
      if (this.#memory?.has(key, high, low) === true) continue;
      const before = written.size;
      if (written.add(high, low) < before) continue;
      const to = this.#to.ofStack(high, low);
      const { out } = to;
      const frames = stacks.frames(i);
      const { length } = frames;
      out.string(service);
      out.u64Lanes(high, low);
      out.arrayLength(length);
      for (const frame of frames) out.string(frame.function);
      out.arrayLength(length);
      for (const frame of frames) out.string(frame.file);
      out.arrayLength(length);
      for (const frame of frames) out.u32(frame.line);
      out.arrayLength(length);
      for (const frame of frames) out.u32(frame.column);
      out.arrayLength(length);
      for (const frame of frames) out.string(frame.package);
      out.arrayLength(length);
      for (const frame of frames) out.u8(frame.kind);
      out.u32(seconds);
      to.row(mondayPartition(recordMs), recordMs);
    }
  }

  /** Rows were taken back: forget what was written, sending a stack twice is harmless. */
  rollback(): void {
    this.#batch.clear();
  }

  /** The block is stored: later batches need not send these again today. */
  remember(): void {
    for (const [key, stacks] of this.#batch) this.#memory?.add(key, stacks);
  }
}
