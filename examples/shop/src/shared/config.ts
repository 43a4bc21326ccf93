/** Planted causes of slowness: one file each in `causes/`, their truths in `truths.ts`, what was measured in README.md. */
export const CAUSES = [
  "large-cart",
  "export-hog",
  "slow-pricing",
  "key-derivation",
  "gc-pressure",
  "n-plus-one",
  "pool-starvation",
  "exec-sync",
  "pool-wait",
  "version-1.1",
  "worker",
  "unequal",
  "fire-and-forget",
  "hog-middle",
  "hog-end",
  "stalled",
] as const;
export type Cause = (typeof CAUSES)[number];

/** What runs when nobody chooses: a request's own CPU, a request held up by another, a chatty one and a bad deploy. */
const DEFAULT: readonly Cause[] = ["large-cart", "export-hog", "n-plus-one", "version-1.1"];

const number = (name: string, fallback: number): number => {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number ≥ 0, not "${text}"`);
  return value;
};

/** Seed of the data and of the requests. */
export const shopSeed = (): number => number("SHOP_SEED", 1);
export const port = (): number => number("PORT", 0);

/** `SHOP_CAUSES`: a comma-separated list, `all`, `none`, or unset for a selection that leaves the machine usable. */
export function plantedCauses(text: string | undefined = process.env["SHOP_CAUSES"]): ReadonlySet<Cause> {
  if (text === undefined || text === "") return new Set(DEFAULT);
  if (text === "none") return new Set();
  if (text === "all") return new Set(CAUSES);
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!CAUSES.some((cause) => cause === name)) {
      throw new Error(`SHOP_CAUSES: unknown cause "${name}"; known: ${CAUSES.join(", ")}, all, none`);
    }
  }
  return new Set(CAUSES.filter((cause) => names.includes(cause)));
}
