// The same profile by function: self and total over all places it was called from.
import type { Frame } from "../api/types.ts";
import { at, type FlameTree, filterText } from "./tree.ts";

export interface FunctionRow {
  readonly key: string;
  readonly frame: Frame;
  readonly frameIndex: number;
  readonly self: number;
  readonly total: number;
  readonly samples: number;
}

/** Unordered. A recursive function's total counts its outermost call only. The root is left out. */
export function functionsOf(tree: FlameTree): readonly FunctionRow[] {
  const groupOf = new Map<string, number>();
  const groups: {
    frame: Frame;
    frameIndex: number;
    key: string;
    self: number;
    total: number;
    samples: number;
  }[] = [];
  const frameGroup = tree.profile.frames.map((frame, frameIndex) => {
    // Lines differ between calls of one function; the function does not.
    const key = filterText(frame);
    let group = groupOf.get(key);
    if (group === undefined) {
      group = groups.length;
      groupOf.set(key, group);
      groups.push({ frame, frameIndex, key, self: 0, total: 0, samples: 0 });
    }
    return group;
  });

  const open = new Uint32Array(groups.length);
  const stack: number[] = tree.length > 0 ? [0] : [];
  while (stack.length > 0) {
    const entry = stack.pop() as number;
    const node = entry < 0 ? ~entry : entry;
    const groupIndex = frameGroup[at(tree.frame, node)];
    const group = groupIndex === undefined ? undefined : groups[groupIndex];
    if (group === undefined || groupIndex === undefined) continue;
    if (entry < 0) {
      open[groupIndex]!--;
      continue;
    }
    if (node !== 0) {
      group.self += at(tree.self, node);
      if (at(open, groupIndex) === 0) {
        group.total += at(tree.total, node);
        group.samples += at(tree.samples, node);
      }
      open[groupIndex]!++;
      stack.push(~node);
    }
    for (let c = at(tree.childFrom, node); c < at(tree.childFrom, node + 1); c++)
      stack.push(at(tree.child, c));
  }
  return groups.filter((group) => group.total > 0);
}

export function sortFunctions(rows: readonly FunctionRow[], by: "self" | "total"): readonly FunctionRow[] {
  const other = by === "self" ? "total" : "self";
  return rows.toSorted((a, b) => b[by] - a[by] || b[other] - a[other] || (a.key < b.key ? -1 : 1));
}

/** The time under frames that match, each part of it counted once. */
export function matchedTotal(tree: FlameTree, matches: Uint8Array): number {
  const covered = new Uint8Array(tree.length);
  let sum = 0;
  for (let i = 0; i < tree.length; i++) {
    const parent = at(tree.parent, i);
    const above = parent >= 0 && at(covered, parent) === 1;
    if (above || at(matches, i) === 1) {
      covered[i] = 1;
      if (!above) sum += at(tree.total, i);
    }
  }
  return sum;
}

/** Per node 1 where the pattern matches its frame; undefined when this engine cannot read the pattern. */
export function matchNodes(tree: FlameTree, pattern: string): Uint8Array | undefined {
  const expression = readPattern(pattern);
  return expression instanceof Error
    ? undefined
    : marked(tree, (frame) => expression.test(filterText(frame)));
}

/** Per node 1 where it is a call of the function with this `FunctionRow.key`. */
export function matchFunction(tree: FlameTree, key: string): Uint8Array {
  return marked(tree, (frame) => filterText(frame) === key);
}

function marked(tree: FlameTree, matches: (frame: Frame) => boolean): Uint8Array {
  const frames = Uint8Array.from(tree.profile.frames, (frame) => (matches(frame) ? 1 : 0));
  const marks = new Uint8Array(tree.length);
  for (let node = 1; node < tree.length; node++) marks[node] = frames[at(tree.frame, node)] ?? 0;
  return marks;
}

/** The server speaks RE2. What JavaScript refuses too is refused here, before a request. */
export function readPattern(pattern: string): RegExp | Error {
  try {
    // RE2 writes flags in front, JavaScript around a group.
    return new RegExp(
      pattern.startsWith("(?i)") ? pattern.slice(4) : pattern,
      pattern.startsWith("(?i)") ? "i" : "",
    );
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A function's own pattern, for a filter that means exactly this function. */
export function patternFor(frame: Pick<Frame, "function" | "package">): string {
  const name = frame.function.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return frame.package === null
    ? `/${name} `
    : `^${frame.package.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")}/${name} `;
}
