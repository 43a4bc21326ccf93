import { deadlineOf } from "../trace/state.ts";
import { LONGEST_WINDOW } from "./ledger-data.ts";

/** Of spans that ended before it, Unix ns, no window can still come. */
export function settledNano(now: number): bigint {
  return BigInt(Math.floor(now * 1e6 - deadlineOf(0, Number(LONGEST_WINDOW))));
}
