import type { LedgerWindow } from "../types.ts";

/** A wall clock this far off the monotonic one's pace was set within the window: its pace then says nothing. */
const STEP = 0.01;

/**
 * Maps ns since a window's start on the monotonic clock to ns since `origin` on the Unix clock: linear between the window's
 * two clock pairs.
 */
export function unixAxis(
  window: Pick<LedgerWindow, "startUnixNano" | "endUnixNano" | "startMonotonicNano" | "endMonotonicNano">,
  origin: bigint,
): { readonly at: (nano: number) => number; readonly start: number; readonly end: number } {
  const start = Number(window.startUnixNano - origin);
  const length = Number(window.endMonotonicNano - window.startMonotonicNano);
  const unix = Number(window.endUnixNano - window.startUnixNano);
  const pace = length > 0 && Math.abs(unix / length - 1) < STEP ? unix / length : 1;
  return { at: (nano) => Math.round(start + nano * pace), start, end: Math.round(start + length * pace) };
}
