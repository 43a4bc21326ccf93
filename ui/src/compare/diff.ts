// Two profiles as one drawn tree: as wide as one side, coloured by the change. Pure.
import type { CompareAnswer, Profile } from "../api/types.ts";
import type { Palette } from "../flamegraph/palette.ts";
import { buildTree, childrenOf, type FlameTree, withRootName } from "../flamegraph/tree.ts";

export interface DiffTree {
  /** Its totals are those of the other side. */
  readonly tree: FlameTree;
  readonly base: { readonly self: readonly number[]; readonly total: readonly number[] };
  readonly other: { readonly self: readonly number[]; readonly total: readonly number[] };
}

export function diffTree(answer: CompareAnswer, rootName: string): DiffTree {
  const { nodes, frames } = answer;
  const profile: Profile = {
    type: "diff",
    unit: "count",
    total: nodes.otherTotal[0] ?? 0,
    samples: answer.other.samples,
    periodNano: 0,
    startUnixNano: "0",
    endUnixNano: "0",
    truncated: false,
    frames,
    nodes: {
      frame: nodes.frame,
      parent: nodes.parent,
      self: nodes.otherSelf,
      total: nodes.otherTotal,
      samples: nodes.frame.map(() => 0),
    },
  };
  return {
    tree: buildTree(withRootName(profile, rootName)),
    base: { self: nodes.baseSelf, total: nodes.baseTotal },
    other: { self: nodes.otherSelf, total: nodes.otherTotal },
  };
}

export const changeOf = ({ base, other }: DiffTree, node: number): number =>
  (other.total[node] ?? 0) - (base.total[node] ?? 0);

export type Change = "less-2" | "less-1" | "same" | "more-1" | "more-2" | "new";

// A change this small a part of the whole, or of the frame itself, is not drawn as one.
const leastOfWhole = 0.004;
const leastOfOwn = 0.08;

/** `whole` is the greater side's total. */
export function changeKind(base: number, other: number, whole: number): Change {
  const delta = other - base;
  if (Math.abs(delta) < leastOfWhole * whole) return "same";
  if (base === 0) return "new";
  const share = delta / Math.max(base, other);
  if (Math.abs(share) < leastOfOwn) return "same";
  if (share > 0) return share > 0.5 ? "more-2" : "more-1";
  return share < -0.5 ? "less-2" : "less-1";
}

export function diffPalette(diff: DiffTree): Palette {
  const { tree, base, other } = diff;
  const whole = Math.max(base.total[0] ?? 0, other.total[0] ?? 0);
  const ofNode = Array.from({ length: tree.length }, (_, node) =>
    node === 0 ? "p-root" : `d-${changeKind(base.total[node] ?? 0, other.total[node] ?? 0, whole)}`,
  );
  return { colour: [], ofNode, legend: [] };
}

// A child that has this much of its parent's change is where the change went; below it the change is spread.
const dominant = 0.6;

export interface ChangePlace {
  readonly node: number;
  readonly delta: number;
  /** The child below it that was not there before and has most of the change. */
  readonly added: number | undefined;
}

/** Where most of a change went, as one place. Undefined when already the first level is spread. */
export function changePlace(diff: DiffTree): ChangePlace | undefined {
  const { tree } = diff;
  if (tree.length === 0) return undefined;
  const whole = changeOf(diff, 0);
  const sign = Math.sign(whole);
  if (sign === 0) return undefined;
  const largest = (node: number): number | undefined => {
    let best: number | undefined;
    for (const child of childrenOf(tree, node)) {
      if (best === undefined || changeOf(diff, child) * sign > changeOf(diff, best) * sign) best = child;
    }
    return best;
  };
  const isNew = (node: number): boolean =>
    (diff.base.total[node] ?? 0) === 0 && (diff.other.total[node] ?? 0) > 0;
  let node = 0;
  let found: number | undefined;
  for (;;) {
    const next = largest(node);
    if (next === undefined || changeOf(diff, next) * sign < dominant * changeOf(diff, node) * sign) break;
    // What is new is named by who calls it now.
    if (isNew(next) && found !== undefined && !isNew(node)) break;
    node = next;
    found = next;
  }
  if (found === undefined) return undefined;
  const below = largest(found);
  const added =
    below !== undefined &&
    isNew(below) &&
    !isNew(found) &&
    changeOf(diff, below) >= 0.3 * changeOf(diff, found)
      ? below
      : undefined;
  return { node: found, delta: changeOf(diff, found), added };
}
