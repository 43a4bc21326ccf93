import type { Cause } from "./config.ts";

/** Services that run only for the sake of some causes, to keep a small shop small. */
export type Optional = "carrier" | "accounts" | "warehouse";

const NEEDED_BY: Readonly<Record<Optional, readonly Cause[]>> = {
  carrier: ["unequal", "fire-and-forget", "hog-middle", "hog-end"],
  accounts: ["key-derivation", "gc-pressure", "pool-starvation", "exec-sync", "pool-wait", "worker"],
  warehouse: ["stalled"],
};

export function optionalServices(causes: ReadonlySet<Cause>): readonly Optional[] {
  return (["carrier", "accounts", "warehouse"] as const).filter((name) =>
    NEEDED_BY[name].some((cause) => causes.has(cause)),
  );
}
