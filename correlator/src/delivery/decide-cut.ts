import type { SourceId } from "../source/source.ts";
import type { Cut } from "./block.ts";
import type { DeliveryPorts } from "./ports.ts";
import { retry } from "./retry.ts";

export type Decision =
  | { readonly kind: "cut"; readonly cut: Cut; readonly inherited: boolean }
  /** The position lies inside an older cut. */
  | { readonly kind: "inside"; readonly cut: Cut };

/**
 * Agrees on the cut that begins at `first` with every other process that may own the partition: the first proposal that
 * became visible is the cut, whoever made it and whatever became of him. `mayOverlap` passes over an older cut that
 * contains `first`.
 */
export async function decideCut(
  source: SourceId,
  first: bigint,
  last: bigint,
  ports: DeliveryPorts,
  signal: AbortSignal,
  mayOverlap = false,
): Promise<Decision> {
  let proposed = false;
  // A token serves one acknowledged try: if that left nothing (the server recorded the token and died before the row,
  // ClickHouse#111577), the token is burnt.
  let attempt = 1;
  return retry(ports, "cut", signal, async () => {
    for (;;) {
      const cut = await ports.store.readCut(source, first);
      if (cut?.first === first)
        return { kind: "cut", cut, inherited: !proposed || cut.owner !== ports.owner };
      if (cut !== undefined && !mayOverlap) return { kind: "inside", cut };
      proposed = true;
      await ports.store.writeCut(
        source,
        { first, last, shards: ports.store.shards, owner: ports.owner },
        attempt,
      );
      attempt++;
    }
  });
}
