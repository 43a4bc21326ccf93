// How many requests a second suit this machine: the shop shall show slow requests, not a machine that is short of processors.
import { parseCart } from "./causes/large-cart.ts";
import { cartText } from "./shared/carts.ts";

/** On a machine like that of README.md. */
export const USUAL_RATE = 10;
const LEAST_RATE = 3;
const CHANGES = 2_000;
/** Of the measurement in README.md: 300 ms for 15,000 changes. */
const USUAL_MS = (CHANGES * 300) / 15_000;
const TRIES = 8;

/** Fewer than usual on a slower machine, in proportion. Takes some 300 ms there. */
export function suitedRate(now: () => number = () => performance.now()): number {
  const text = cartText(1, "pace", CHANGES);
  let best = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const began = now();
    parseCart(text);
    best = Math.min(best, now() - began);
  }
  const rate = Math.min(USUAL_RATE, (USUAL_RATE * USUAL_MS) / best);
  return Math.max(LEAST_RATE, Math.round(rate * 10) / 10);
}
