import { type Random, seededRandom } from "./random.ts";

/** Things of one kind that requests ask for by id. A seeded few are heavy: those that a cause makes slow. */
export interface Family {
  readonly prefix: string;
  readonly size: number;
  readonly heavy: number;
  /** Share of the requests of this kind that ask for a heavy one. */
  readonly share: number;
}

export interface Members {
  readonly heavy: readonly string[];
  readonly light: readonly string[];
}

export function members({ prefix, size, heavy }: Family, seed: number): Members {
  const random = seededRandom(seed, `family-${prefix}`);
  const chosen = new Set<number>();
  while (chosen.size < heavy) chosen.add(random.below(size));
  const result = { heavy: [] as string[], light: [] as string[] };
  for (let n = 0; n < size; n++) {
    result[chosen.has(n) ? "heavy" : "light"].push(`${prefix}${String(n).padStart(3, "0")}`);
  }
  return result;
}

/** Picks ids of the family, heavy ones with its share. */
export function picker(
  family: Family,
  seed: number,
): (random: Random) => { readonly id: string; readonly heavy: boolean } {
  const { heavy, light } = members(family, seed);
  return (random) => {
    const isHeavy = random.next() < family.share;
    return { id: random.pick(isHeavy ? heavy : light), heavy: isHeavy };
  };
}
