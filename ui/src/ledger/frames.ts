import type { Frame } from "../api/types.ts";

/** Of work without a stack the API gives its kind in brackets for a function: that is no code to show. */
export const isCode = ({ function: name, file, kind }: Frame): boolean =>
  file !== null || !name.startsWith("(") || !["gc", "runtime"].includes(kind);

/** `src/export/csv.ts:88`, where it is known. */
export function framePlace(frame: Frame): string | undefined {
  if (frame.file === null) return undefined;
  return frame.line === null ? frame.file : `${frame.file}:${frame.line}`;
}

/** The same without its folders: `csv.ts:88`. */
export const frameFile = (frame: Frame): string | undefined =>
  framePlace(frame)?.replace(/^.*[/\\](?=[^/\\])/, "");
