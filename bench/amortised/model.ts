import type { Fit } from "./fit.ts";

/** Who collects when. */
export interface Rotation {
  readonly replicas: number;
  readonly leaseSeconds: number;
}

/**
 * CPU that the agent takes of each replica, ms a second, on average over many leases:
 *
 *     collecting / N  +  change · (1/N) · (1 − 1/N) / lease  +  resting
 *
 * In a slot a replica has its turn with 1/N. It starts the sampler if it did not have the turn before as well, with 1 − 1/N: who has two
 * in a row goes on. Assumed:
 * - what a start and a stop cost does not depend on how long was sampled between them. It grows with the code that is loaded, as
 *   does what one tick costs with the depth of stacks: both are of the measured service.
 * - collecting costs the same in the tenth minute as in the first: windows are cut as often, nothing is kept from one to the next.
 * - resting costs the question every 15 s, whatever the load. Measured leases are shorter than real ones, so that questions at
 *   their ends come more often: an upper bound.
 * - the load is the same for all replicas and at all times.
 */
export function costOf({ collecting, change, resting }: Fit, { replicas, leaseSeconds }: Rotation): number {
  const share = 1 / replicas;
  return share * collecting + (share * (1 - share) * change) / leaseSeconds + resting;
}

/**
 * Chance that at least one slow span of an endpoint lies in a lease, if they come at this rate over all replicas, evenly and independently of
 * each other: each is seen with 1/N.
 */
export function seen(perHour: number, hours: number, { replicas }: Rotation): number {
  return 1 - Math.exp((-perHour * hours) / replicas);
}

/** Chance that a given replica has had a turn within that time: what is slow there and nowhere else is not seen before. */
export function visited(hours: number, { replicas, leaseSeconds }: Rotation): number {
  return 1 - (1 - 1 / replicas) ** ((hours * 3600) / leaseSeconds);
}
