import { seededRandom } from "./random.ts";

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly tags: readonly string[];
  /** Cents. */
  readonly listPrice: number;
}

export const CATEGORIES = ["books", "garden", "kitchen", "music", "office", "outdoor", "toys"] as const;
const TAGS = ["new", "sale", "fragile", "bulky", "gift", "eco", "refurbished", "season"];

export function catalogue(seed: number, size = 500): readonly Product[] {
  const random = seededRandom(seed, "catalogue");
  return Array.from({ length: size }, (_, i) => ({
    sku: `sku-${String(i).padStart(4, "0")}`,
    name: `Product ${i}`,
    category: random.pick(CATEGORIES),
    tags: TAGS.filter(() => random.next() < 0.25),
    listPrice: 199 + random.below(20_000),
  }));
}
