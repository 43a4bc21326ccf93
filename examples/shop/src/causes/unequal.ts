// Planted cause `unequal`: three calls at once, of which one takes far longer.
//
// - where: checkout, `GET /offers/{id}` → `askAll`: `Promise.all` over the carriers north, west and islands
// - share: 20 % of these requests: addresses on an island ask the third carrier too
// - truth: `wait.child`, and the child waited for is the last to finish: islands, 220 ms; north (40) and west (90) end long
//   before. Other addresses wait 90 ms for west.
import type { CarrierName } from "../carriers.ts";
import type { Family } from "../shared/family.ts";

export const ADDRESSES: Family = { prefix: "d", size: 100, heavy: 20, share: 0.2 };

export async function askAll<T>(
  carriers: readonly CarrierName[],
  ask: (carrier: CarrierName) => Promise<T>,
): Promise<readonly T[]> {
  return await Promise.all(carriers.map(ask));
}
