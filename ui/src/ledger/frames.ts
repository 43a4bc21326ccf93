import type { Frame } from "../api/types.ts";

/** Of work without a stack the API gives its kind in brackets for a function, as `(runtime)`: that is no code to show. */
export const isCode = (name: string, file: string | null | undefined): boolean =>
  typeof file === "string" || !name.startsWith("(");

/** `src/export/csv.ts:88`, where it is known. */
export function framePlace(frame: Frame): string | undefined {
  if (frame.file === null) return undefined;
  return frame.line === null ? frame.file : `${frame.file}:${frame.line}`;
}

/** The same without its folders: `csv.ts:88`. */
export const frameFile = (frame: Frame): string | undefined =>
  framePlace(frame)?.replace(/^.*[/\\](?=[^/\\])/, "");
