// Planted cause `n-plus-one`: a list is priced item by item, each call awaited before the next is made.
//
// - where: checkout, `GET /wishlist/{id}` → `priceOneByOne`: 60–80 calls of `GET /price/{sku}` in pricing
// - share: 10 % of these requests: the long lists
// - truth: 200–350 ms, most of it `wait.child` over many short children: pricing looks each price up in a database, 2 ms away.
//   What a call costs checkout itself, about 0.8 ms, is `cpu.self`. Short lists make 2–4 calls; without the cause every list
//   takes one.
import { setTimeout as passes } from "node:timers/promises";
import type { Family } from "../shared/family.ts";
import { seededRandom } from "../shared/random.ts";

export const WISHLISTS: Family = { prefix: "w", size: 100, heavy: 10, share: 0.1 };

/** How far away the prices are, for who asks for one. */
export const LOOKUP_MS = 2;

/** The database of prices: another machine, of which pricing sees nothing but that it takes time. */
export async function lookUp<T>(price: T): Promise<T> {
  await passes(LOOKUP_MS);
  return price;
}

/** The products of a wish list. */
export function wishes(seed: number, id: string, heavy: boolean): readonly string[] {
  const random = seededRandom(seed, id);
  const count = heavy ? 60 + random.below(21) : 2 + random.below(3);
  return Array.from({ length: count }, () => `sku-${String(random.below(500)).padStart(4, "0")}`);
}

/** Cents in all. */
export async function priceOneByOne(
  skus: readonly string[],
  price: (sku: string) => Promise<number>,
): Promise<number> {
  let total = 0;
  for (const sku of skus) total += await price(sku);
  return total;
}
