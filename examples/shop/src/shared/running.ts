import type { Cause } from "./config.ts";

const OPTIONAL = ["carrier", "accounts", "warehouse"] as const;
/** Services that run only for the sake of some causes, to keep a small shop small. */
export type Optional = (typeof OPTIONAL)[number];

const NEEDED_BY: Readonly<Record<Optional, readonly Cause[]>> = {
  carrier: ["unequal", "fire-and-forget", "hog-middle", "hog-end"],
  accounts: ["key-derivation", "gc-pressure", "pool-starvation", "exec-sync", "pool-wait", "worker"],
  warehouse: ["stalled"],
};

/** Those that `causes` need, and those of `SHOP_SERVICES`: a comma-separated list, or `all`. */
export function optionalServices(
  causes: ReadonlySet<Cause>,
  text: string | undefined = process.env["SHOP_SERVICES"],
): readonly Optional[] {
  const names = (text ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const unknown = names.find((name) => name !== "all" && !OPTIONAL.some((known) => known === name));
  if (unknown !== undefined)
    throw new Error(`SHOP_SERVICES: unknown service "${unknown}"; known: ${OPTIONAL.join(", ")}, all`);
  return OPTIONAL.filter(
    (name) =>
      names.includes(name) || names.includes("all") || NEEDED_BY[name].some((cause) => causes.has(cause)),
  );
}
