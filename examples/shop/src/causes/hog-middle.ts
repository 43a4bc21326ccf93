// Planted cause `hog-middle`: something else computes in the middle of a wait and delays nothing.
//
// - where: checkout. `GET /delivery/{id}` waits 250 ms for a carrier; 70 ms into it comes `POST /stocktake` →
//   `countStock`, 90 ms of CPU
// - share: every delivery
// - truth: no millisecond of the delivery is `loop.held`: the carrier answers ~90 ms after the hog ended. The hog's time is
//   `wait.child`, part `overlapped`.
import { createHash } from "node:crypto";
import { workFor } from "../shared/budget.ts";

/** After the start of the delivery's request, as the load plans it. */
export const STOCKTAKE_AFTER_MS = 70;
export const STOCKTAKE_MS = { planted: 90, otherwise: 1 } as const;

/** Counts shelves for `budgetMs`; the seal over what was counted makes the count checkable. */
export function countStock(budgetMs: number): { readonly shelves: number; readonly seal: string } {
  const seal = createHash("sha256");
  const shelves = workFor(budgetMs, (shelf) => {
    let pieces = 0;
    for (let box = 0; box < 2000; box++) pieces += (box * 31 + shelf) % 7;
    seal.update(String(pieces));
  });
  return { shelves, seal: seal.digest("hex").slice(0, 12) };
}
