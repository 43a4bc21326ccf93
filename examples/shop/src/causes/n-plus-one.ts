// Planted cause `n-plus-one`: a list is priced item by item, each call awaited before the next is made.
//
// - where: checkout, `GET /wishlist/{id}` → `priceOneByOne`: 60–80 calls of `GET /price/{sku}` in pricing
// - share: 10 % of these requests: the long lists
// - truth: 90–180 ms, nearly all `wait.child` over many short children (part of it `network` and `loop_return`, for a
//   price takes pricing under 1 ms). Short lists make 2–4 calls; without the cause every list takes one.
import type { Family } from "../shared/family.ts";
import { seededRandom } from "../shared/random.ts";

export const WISHLISTS: Family = { prefix: "w", size: 100, heavy: 10, share: 0.1 };

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
