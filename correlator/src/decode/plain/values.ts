import type { ProfileType } from "./profile.ts";

/** How a value of a named type and unit is stored. */
export interface Meaning {
  readonly type: ProfileType;
  /** Time in which the processor ran, so also `CpuNano`. */
  readonly cpu: boolean;
  /** Nanoseconds, or bytes, of one. */
  readonly scale: number;
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  nanoseconds: 1,
  ns: 1,
  microseconds: 1e3,
  us: 1e3,
  milliseconds: 1e6,
  ms: 1e6,
  seconds: 1e9,
  s: 1e9,
};
const HEAP: Readonly<Record<string, ProfileType>> = { inuse_space: "heap_inuse", alloc_space: "heap_alloc" };

/** Undefined for what the store has no column for: locks, allocations counted, and so on. */
export function meaningOf(type: string, unit: string, period?: Meaning): Meaning | undefined {
  const heap = HEAP[type];
  if (heap !== undefined) return unit === "bytes" ? { type: heap, cpu: false, scale: 1 } : undefined;
  // Profilers that count samples say beside it what each stands for.
  if (unit === "count" && /^samples?$/.test(type)) return period;
  const scale = TIME_UNITS[unit];
  if (scale === undefined) return undefined;
  if (type === "cpu") return { type: "wall", cpu: true, scale };
  // Off-CPU time is wall time in which the processor did not run.
  return type === "wall" || type === "off_cpu" ? { type: "wall", cpu: false, scale } : undefined;
}

/** What a counted sample stands for: `period` units of the period's type. */
export function periodMeaning(type: string, unit: string, period: number): Meaning | undefined {
  const meaning = period > 0 ? meaningOf(type, unit) : undefined;
  return meaning === undefined ? undefined : { ...meaning, scale: meaning.scale * period };
}
