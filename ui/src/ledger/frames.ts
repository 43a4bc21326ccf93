// A frame of the ledger: a function in words, or with its place.
import type { FrameName } from "../api/ledger-types.ts";

export const frameWords = (frame: FrameName): string => (typeof frame === "string" ? frame : frame.function);

/** `src/export/csv.ts:88`, where it is known. */
export function framePlace(frame: FrameName): string | undefined {
  if (typeof frame === "string" || frame.file === null) return undefined;
  return frame.line === null ? frame.file : `${frame.file}:${frame.line}`;
}
