// A frame in words, for the readout, the tooltip and the clipboard.
import type { Frame, Profile } from "../api/types.ts";
import { bytes, count, counted, ms, msUnit, percent, seconds } from "../lib/format.ts";
import { matchedTotal } from "./functions.ts";
import { at, type FlameTree, frameOf, pathTo } from "./tree.ts";

export function valueWords(unit: Profile["unit"], value: number): string {
  switch (unit) {
    case "nanoseconds":
      return value >= 10e9 ? `${seconds(value)} s` : msUnit(value);
    case "bytes":
      return bytes(value);
    case "count":
      return count(value);
  }
}

/** Numbers of a column in one unit, which the column's head names: seconds where all of them are long. */
export function columnValues({ unit, total }: Pick<Profile, "unit" | "total">): {
  readonly suffix: string;
  readonly cell: (value: number) => string;
} {
  if (unit !== "nanoseconds") return { suffix: "", cell: (value) => valueWords(unit, value) };
  return total >= 100e9 ? { suffix: ", s", cell: seconds } : { suffix: ", ms", cell: ms };
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

/** How a tree is read, where it is not the usual one: of callees under what was selected. */
export interface Reading {
  /** From the functions that took the time to their callers. */
  readonly inverted?: boolean;
  /** The root is a function itself, not what was selected. */
  readonly rootIsFunction?: boolean;
}

/**
 * What a function took itself at this place. Read backwards only the functions below the root have such a time, and it is all of
 * theirs; of their callers there is none to tell.
 */
export function selfOf(tree: FlameTree, node: number, reading: Reading = {}): number | undefined {
  if (reading.inverted !== true) return at(tree.self, node);
  return reading.rootIsFunction !== true && at(tree.depth, node) === 1 ? at(tree.total, node) : undefined;
}

/** The stack as one pastes it into an issue: innermost first, one frame a line. */
export function stackText(tree: FlameTree, node: number, reading: Reading = {}): string {
  const { inverted = false, rootIsFunction = false } = reading;
  const path = pathTo(tree, node).filter((one) => rootIsFunction || at(tree.parent, one) >= 0);
  return (inverted ? path : path.toReversed())
    .map((one) => {
      const frame = frameOf(tree, one);
      const place = frame.file === null ? (frame.package ?? frame.kind) : frame.file;
      return `    at ${frame.function} (${place}${frame.file !== null && frame.line !== null ? `:${frame.line}` : ""})`;
    })
    .join("\n");
}

/** What a search found: `12 frames · 316.8 ms · 32.9 % of span`, each part of the time counted once. */
export function foundWords(
  tree: FlameTree,
  matches: Uint8Array,
  whole: { readonly value: number; readonly words: string },
): string {
  let frames = 0;
  for (let node = 0; node < matches.length; node++) frames += at(matches, node);
  const total = matchedTotal(tree, matches);
  const share = whole.value > 0 ? ` · ${percent(total / whole.value)} of ${whole.words}` : "";
  return frames === 0
    ? "no frame"
    : `${counted(frames, "frame")} · ${valueWords(tree.profile.unit, total)}${share}`;
}
