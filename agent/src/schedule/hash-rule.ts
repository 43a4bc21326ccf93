import { createHash } from "node:crypto";

/** Starting V8's sampler stalls the loop for 10 to 450 ms, so whoever collects does so for long. */
export const SLOT_MILLIS = 600_000;

export interface HashTurn {
  readonly collect: boolean;
  /** Unix milliseconds. */
  readonly until: number;
}

/**
 * Whose turn it is when nobody can be asked: time is cut into slots, and in each an instance collects if the hash of both is
 * 0 modulo the assumed number of replicas. On average 1/N of them do; nobody knows of the others.
 */
export function hashTurn(
  instance: string,
  now: number,
  replicas: number,
  slotMillis: number = SLOT_MILLIS,
): HashTurn {
  const slot = Math.floor(now / slotMillis);
  const digest = createHash("sha256").update(`${slot}/${instance}`).digest();
  return { collect: digest.readUInt32BE(0) % replicas === 0, until: (slot + 1) * slotMillis };
}
