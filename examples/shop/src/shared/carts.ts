// The shop's "database": carts as JSON text, made from the seed. A cart keeps every change since it was opened;
// wholesale customers never close theirs, so their documents have grown to megabytes.
import { seededRandom, type Random } from "./random.ts";

export const CARTS = 200;
/** Of the carts, so many belong to wholesale customers. */
export const WHOLESALE_CARTS = 8;
/** Share of the load generator's cart requests that ask for a wholesale cart. */
export const WHOLESALE_SHARE = 0.05;

export const cartId = (n: number): string => `c${String(n).padStart(4, "0")}`;

/** The numbers of the wholesale carts, ascending. */
export function wholesaleCarts(seed: number): readonly number[] {
  const random = seededRandom(seed, "wholesale");
  const chosen = new Set<number>();
  while (chosen.size < WHOLESALE_CARTS) chosen.add(random.below(CARTS));
  return [...chosen].sort((a, b) => a - b);
}

const DAY_MS = 86_400_000;
const OPENED = Date.UTC(2025, 0, 1);
const isoDate = (random: Random): string =>
  new Date(OPENED + Math.floor(random.next() * 365 * DAY_MS)).toISOString();
const NOTES = [
  "quantity changed by hand after the customer called the back office on line 3, and changed again when the wrong shelf was counted the next morning",
  "price list updated over night and checked by hand, the old price holds until the 21st of the month unless the customer has signed the new contract",
  "moved here from the wish list of the same customer, without asking for the quantity, the colour or the address that it was meant to be sent to",
  "restocked, the reservation of the week before was renewed without a new order because the first delivery had been lost between two warehouses",
];

function change(random: Random): object {
  return {
    at: isoDate(random),
    seenAt: isoDate(random),
    sku: `sku-${String(random.below(500)).padStart(4, "0")}`,
    from: random.below(9),
    to: random.below(9),
    note: random.pick(NOTES),
  };
}

/** The stored text of a cart: 8–24 lines, and `changes` entries of history. */
export function cartText(seed: number, id: string, changes: number): string {
  const random = seededRandom(seed, id);
  const lines = Array.from({ length: 8 + random.below(17) }, () => ({
    sku: `sku-${String(random.below(500)).padStart(4, "0")}`,
    quantity: 1 + random.below(5),
    addedAt: isoDate(random),
  }));
  const history = Array.from({ length: changes }, () => change(random));
  return JSON.stringify({
    id,
    customer: `u-${random.below(1000)}`,
    openedAt: isoDate(random),
    lines,
    history,
  });
}
