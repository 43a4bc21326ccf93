// Where most of a profile went, as one place: for sentences.
import type { Frame } from "../api/types.ts";
import { functionWords } from "../text/function-words.ts";
import { at, childrenOf, type FlameTree, frameOf } from "./tree.ts";

export interface HotPlace {
  readonly node: number;
  readonly frame: Frame;
  /** The nearest own function above (or the frame itself when it is own code). */
  readonly within: Frame | undefined;
  readonly total: number;
}

// A child that takes this much of its parent is where the time went; below it the time is spread.
const dominant = 0.6;

/** Undefined when already the first level is spread. */
export function hotPlace(tree: FlameTree): HotPlace | undefined {
  if (tree.length === 0 || at(tree.total, 0) <= 0) return undefined;
  let node = 0;
  let within: Frame | undefined;
  let found: HotPlace | undefined;
  for (;;) {
    const next = childrenOf(tree, node)[0];
    if (next === undefined || at(tree.total, next) < dominant * at(tree.total, node)) break;
    node = next;
    const frame = frameOf(tree, node);
    if (frame.kind === "app") within = frame;
    found = { node, frame, within: within === frame ? undefined : within, total: at(tree.total, node) };
  }
  // The way there was runtime only (a promise job): it names nothing a reader could act on.
  return found !== undefined &&
    (found.frame.kind === "app" || found.within !== undefined || found.frame.kind === "dependency")
    ? found
    : undefined;
}

/** `JSON.parse in readRow`, `a regular expression in reviveDate`. */
export function hotPlaceWords({ frame, within }: Pick<HotPlace, "frame" | "within">): string {
  const { sentence } = functionWords(frame, within?.function);
  return within === undefined || sentence !== frame.function
    ? sentence
    : `${sentence} in ${functionWords(within).sentence}`;
}

/** Time in frames of garbage collection. */
export function gcTotal(tree: FlameTree): number {
  let sum = 0;
  for (let i = 1; i < tree.length; i++) {
    const parent = at(tree.parent, i);
    if (frameOf(tree, i).kind === "gc" && frameOf(tree, parent).kind !== "gc") sum += at(tree.total, i);
  }
  return sum;
}
