// Two profiles as one drawn tree: as wide as one side, coloured by the change. Pure.
import type { CompareAnswer, Profile } from "../api/types.ts";
import { functionsOf } from "../flamegraph/functions.ts";
import type { Palette } from "../flamegraph/palette.ts";
import { at, buildTree, filterText, type FlameTree, frameOf, withRootName } from "../flamegraph/tree.ts";

/** A function over all places it was called from, as `FunctionRow.total` counts it. */
export interface FunctionTotals {
  readonly base: number;
  readonly other: number;
}

export interface DiffTree {
  /** Its totals are those of the other side. */
  readonly tree: FlameTree;
  readonly base: { readonly self: readonly number[]; readonly total: readonly number[] };
  readonly other: { readonly self: readonly number[]; readonly total: readonly number[] };
  /** By `filterText` of the frame. */
  readonly functions: ReadonlyMap<string, FunctionTotals>;
  /** Keys of functions that one side has and the other surely has not, see `surely`. */
  readonly added: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
}

/** @param isNothing whether a value is shown as zero: frames with nothing on either side are left out. */
export function diffTree(
  answer: CompareAnswer,
  rootName: string,
  isNothing: (value: number) => boolean = () => false,
): DiffTree {
  const { nodes } = answer;
  const whole = treeOf(answer, rootName, nodes);
  const functions = functionTotals(whole, nodes);
  const kept = nodesWith(nodes, (base, other) => !isNothing(base) || !isNothing(other));
  return {
    tree: kept === nodes ? whole : treeOf(answer, rootName, kept),
    base: { self: kept.baseSelf, total: kept.baseTotal },
    other: { self: kept.otherSelf, total: kept.otherTotal },
    functions,
    added: surely(answer, functions, "other", "base"),
    gone: surely(answer, functions, "base", "other"),
  };
}

type Nodes = CompareAnswer["nodes"];

function treeOf(answer: CompareAnswer, rootName: string, nodes: Nodes): FlameTree {
  const profile: Profile = {
    type: "diff",
    unit: "count",
    total: nodes.otherTotal[0] ?? 0,
    samples: answer.other.samples,
    periodNano: 0,
    startUnixNano: "0",
    endUnixNano: "0",
    truncated: false,
    frames: answer.frames,
    nodes: {
      frame: nodes.frame,
      parent: nodes.parent,
      self: nodes.otherSelf,
      total: nodes.otherTotal,
      samples: nodes.frame.map(() => 0),
    },
  };
  return buildTree(withRootName(profile, rootName));
}

/** A frame's total is no less than its callees': what is left out has nothing below it that is not. */
function nodesWith(nodes: Nodes, keep: (base: number, other: number) => boolean): Nodes {
  const place = new Int32Array(nodes.frame.length).fill(-1);
  const chosen: number[] = [];
  nodes.frame.forEach((_, node) => {
    const above = nodes.parent[node] ?? -1;
    const fits = keep(nodes.baseTotal[node] ?? 0, nodes.otherTotal[node] ?? 0);
    if (node > 0 && (at(place, above) < 0 || !fits)) return;
    place[node] = chosen.length;
    chosen.push(node);
  });
  if (chosen.length === nodes.frame.length) return nodes;
  const pick = (values: readonly number[]): number[] => chosen.map((node) => at(values, node));
  return {
    frame: pick(nodes.frame),
    parent: chosen.map((node) => (node === 0 ? -1 : at(place, at(nodes.parent, node)))),
    baseSelf: pick(nodes.baseSelf),
    baseTotal: pick(nodes.baseTotal),
    otherSelf: pick(nodes.otherSelf),
    otherTotal: pick(nodes.otherTotal),
  };
}

function functionTotals(tree: FlameTree, nodes: Nodes): ReadonlyMap<string, FunctionTotals> {
  const side = (total: readonly number[]): ReadonlyMap<string, number> =>
    new Map(functionsOf({ ...tree, total: Float64Array.from(total) }).map((row) => [row.key, row.total]));
  const [base, other] = [side(nodes.baseTotal), side(nodes.otherTotal)];
  return new Map(
    [...base.keys(), ...other.keys()].map((key) => [
      key,
      { base: base.get(key) ?? 0, other: other.get(key) ?? 0 },
    ]),
  );
}

/**
 * A function without a sample need not be absent: a rare one is missed by chance. As often as on the side that has it, it would
 * have been hit this many times. Were hits independent, none of ten would happen once in 22,000 (e^-10), of which a profile of a
 * thousand functions leaves 5 %; those of one slow request come together, but what differs by request is in the row's own p too.
 */
const leastExpected = 10;

/** Functions of one side that the other has nowhere in its tree, by more than chance. */
function surely(
  answer: CompareAnswer,
  functions: ReadonlyMap<string, FunctionTotals>,
  has: "base" | "other",
  misses: "base" | "other",
): ReadonlySet<string> {
  const { nodes } = answer;
  const sum = (misses === "base" ? nodes.baseTotal : nodes.otherTotal)[0] ?? 0;
  const samplesPerValue = sum > 0 ? answer[misses].samples / sum : 0;
  const keys = new Set<string>();
  for (const row of answer.functions) {
    const key = filterText({ ...row, line: null });
    const totals = functions.get(key);
    if (!row.significant || totals === undefined || totals[misses] > 0) continue;
    if (totals[has] * samplesPerValue >= leastExpected) keys.add(key);
  }
  return keys;
}

export type Presence = "new" | "unseen" | "both";

/** Whether a frame's function is new on the other side, was merely not seen on the base, or was seen there, wherever that was. */
export function presenceOf(diff: DiffTree, node: number): Presence {
  const key = filterText(frameOf(diff.tree, node));
  if (diff.added.has(key)) return "new";
  const totals = diff.functions.get(key);
  return totals !== undefined && totals.base === 0 && totals.other > 0 ? "unseen" : "both";
}

export const changeOf = ({ base, other }: DiffTree, node: number): number =>
  (other.total[node] ?? 0) - (base.total[node] ?? 0);

export type Change = "less-2" | "less-1" | "same" | "more-1" | "more-2" | "new";

// A change this small a part of the whole, or of the frame itself, is not drawn as one.
const leastOfWhole = 0.004;
const leastOfOwn = 0.08;

/** `whole` is the greater side's total; `isNew` that the function is, not that this place has no sample of it. */
export function changeKind(base: number, other: number, whole: number, isNew: boolean): Change {
  const delta = other - base;
  if (Math.abs(delta) < leastOfWhole * whole) return "same";
  if (isNew) return "new";
  const share = delta / Math.max(base, other);
  if (Math.abs(share) < leastOfOwn) return "same";
  if (share > 0) return share > 0.5 ? "more-2" : "more-1";
  return share < -0.5 ? "less-2" : "less-1";
}

export function diffPalette(diff: DiffTree): Palette {
  const { tree, base, other } = diff;
  const whole = Math.max(base.total[0] ?? 0, other.total[0] ?? 0);
  const ofNode = Array.from({ length: tree.length }, (_, node) =>
    node === 0
      ? "p-root"
      : `d-${changeKind(base.total[node] ?? 0, other.total[node] ?? 0, whole, presenceOf(diff, node) === "new")}`,
  );
  return { colour: [], ofNode, legend: [] };
}

// A function with this much of the change is where it went.
const dominant = 0.6;
// With more than all of it, what it does has moved there from elsewhere.
const most = 1.1;
// Of what a function has of the change, a function new below it is worth its name with this much.
const worthNaming = 0.3;

export interface ChangePlace {
  /** Of the places where the function is called, the one with most of the change. */
  readonly node: number;
  /** Of the function, over all of them. */
  readonly delta: number;
  /** A place of a function called below it that is new and has much of the change. */
  readonly added: number | undefined;
}

/** Nobody can act on what Node.js or V8 do; on what calls them, one can. */
const isNamed = (diff: DiffTree, node: number): boolean => {
  const { kind } = frameOf(diff.tree, node);
  return node !== 0 && (kind === "app" || kind === "dependency");
};

/**
 * Where most of a change went: the deepest function with most of it, over all places it is called from, so that nothing is told
 * of code that only has another caller. Undefined where the change is spread.
 */
export function changePlace(diff: DiffTree): ChangePlace | undefined {
  const { tree, functions } = diff;
  const whole = changeOf(diff, 0);
  const sign = Math.sign(whole);
  if (tree.length === 0 || sign === 0) return undefined;
  const keys = tree.profile.frames.map(filterText);
  const keyOf = (node: number): string => keys[at(tree.frame, node)] ?? "";
  const deltaOf = (node: number): number => {
    const totals = functions.get(keyOf(node));
    return totals === undefined ? 0 : totals.other - totals.base;
  };
  let found: number | undefined;
  for (let node = 1; node < tree.length; node++) {
    if (!isNamed(diff, node)) continue;
    const part = (deltaOf(node) * sign) / Math.abs(whole);
    if (part < dominant || part > most) continue;
    const before = found === undefined ? Number.POSITIVE_INFINITY : deltaOf(found) * sign;
    const here = deltaOf(node) * sign;
    if (found !== undefined && keyOf(node) === keyOf(found)) {
      if (changeOf(diff, node) * sign > changeOf(diff, found) * sign) found = node;
    } else if (here < before || (here === before && at(tree.depth, node) > at(tree.depth, found ?? 0))) {
      found = node;
    }
  }
  if (found === undefined) return undefined;
  const delta = deltaOf(found);
  let added: number | undefined;
  for (let node = 1; node < tree.length; node++) {
    if (!isNamed(diff, node) || presenceOf(diff, node) !== "new") continue;
    const part = deltaOf(node);
    if (part < worthNaming * delta || keyOf(node) === keyOf(found)) continue;
    if (keyOf(callerOf(diff, node)) !== keyOf(found)) continue;
    if (added === undefined || part > deltaOf(added)) added = node;
  }
  return { node: found, delta, added: presenceOf(diff, found) === "new" ? undefined : added };
}

/** The nearest frame above that has a name to tell; the root where there is none. */
export function callerOf(diff: DiffTree, node: number): number {
  let up = at(diff.tree.parent, node);
  while (up > 0 && !isNamed(diff, up)) up = at(diff.tree.parent, up);
  return Math.max(0, up);
}
