import type { Gap } from "./gap.ts";
import type { SegmentList } from "./segment.ts";
import { fillToBusy, fillToIdle } from "./tick-gap.ts";
import { fillWithTurns } from "./turn-gap.ts";

/** Appends what the thread did in that gap. */
export function fillGap(list: SegmentList, gap: Gap): void {
  if (gap.end <= gap.start) return;
  if (gap.turns !== undefined) fillWithTurns(list, gap, gap.turns);
  else if (gap.right?.kind === "idle") fillToIdle(list, gap);
  else fillToBusy(list, gap);
}
