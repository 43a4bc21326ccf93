// A frame in words, for the readout, the tooltip and the clipboard.
import type { Frame, Profile } from "../api/types.ts";
import { bytes, count, msUnit } from "../lib/format.ts";
import { at, type FlameTree, frameOf, pathTo } from "./tree.ts";

export function valueWords(unit: Profile["unit"], value: number): string {
  switch (unit) {
    case "nanoseconds":
      return msUnit(value);
    case "bytes":
      return bytes(value);
    case "count":
      return count(value);
  }
}

/** `date-fns · lib/parseISO.js:88` */
export function placeWords(frame: Frame): string {
  const file =
    frame.file === null ? undefined : frame.line === null ? frame.file : `${frame.file}:${frame.line}`;
  return [frame.package ?? kindWords(frame.kind), file].filter((part) => part !== undefined).join(" · ");
}

function kindWords(kind: Frame["kind"]): string | undefined {
  switch (kind) {
    case "app":
      return "own code";
    case "dependency":
      return undefined;
    case "node":
      return "Node.js";
    case "v8":
      return "V8";
    case "gc":
      return "garbage collection";
    case "native":
      return "native code";
    case "runtime":
      return "runtime";
  }
}

/** The stack as one pastes it into an issue: innermost first, one frame a line. */
export function stackText(tree: FlameTree, node: number): string {
  return pathTo(tree, node)
    .filter((one) => at(tree.parent, one) >= 0)
    .reverse()
    .map((one) => {
      const frame = frameOf(tree, one);
      const place = frame.file === null ? (frame.package ?? frame.kind) : frame.file;
      return `    at ${frame.function} (${place}${frame.file !== null && frame.line !== null ? `:${frame.line}` : ""})`;
    })
    .join("\n");
}
