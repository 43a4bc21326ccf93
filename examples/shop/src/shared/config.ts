/** Planted causes of slowness, each described with its truth in README.md. */
export type Cause = "large-cart";
const CAUSES: readonly Cause[] = ["large-cart"];

const number = (name: string, fallback: number): number => {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number ≥ 0, not "${text}"`);
  return value;
};

/** Seed of the carts and of the requests. */
export const shopSeed = (): number => number("SHOP_SEED", 1);
export const port = (): number => number("PORT", 0);

/** `SHOP_CAUSES`: a comma-separated list, `none`, or unset for all of them. */
export function plantedCauses(text: string | undefined = process.env["SHOP_CAUSES"]): ReadonlySet<Cause> {
  if (text === undefined || text === "") return new Set(CAUSES);
  if (text === "none") return new Set();
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!CAUSES.some((cause) => cause === name)) {
      throw new Error(`SHOP_CAUSES: unknown cause "${name}"; known: ${CAUSES.join(", ")}, none`);
    }
  }
  return new Set(CAUSES.filter((cause) => names.includes(cause)));
}
