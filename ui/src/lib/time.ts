// Absolute times come as decimal strings of nanoseconds, beyond what a number holds exactly. They become
// numbers only as distances from a near origin.

/** Nanoseconds from `origin` to `at`. Exact while they are less than 104 days apart. */
export function nanoSince(origin: string, at: string): number {
  return Number(BigInt(at) - BigInt(origin));
}

/** Unix nanoseconds → Unix milliseconds, cut to whole ones. */
export function toUnixMs(nano: string): number {
  return Number(BigInt(nano) / 1_000_000n);
}
