import type { Frame } from "../types.ts";
import { type SampleSet, valueOf } from "./frames.ts";

/** A call tree in columns. Node 0 is the root; parent[i] < i; siblings stand by total, descending. */
export interface CallTree {
  /** Index into the frames of the set; -1 for the root, OTHER for folded nodes. */
  readonly frame: number[];
  readonly parent: number[];
  readonly self: number[];
  readonly total: number[];
  readonly samples: number[];
  readonly truncated: boolean;
}

export const ROOT = -1;
export const OTHER = -2;

interface Columns {
  frame: number[];
  parent: number[];
  self: number[];
  total: number[];
  samples: number[];
}

/** Children by (parent, frame). A Map needs a key of both in one, too large for a small integer: half the speed. */
class Children {
  #mask = 4095;
  #slots = new Int32Array(this.#mask + 1);
  readonly #tree: Columns;

  constructor(tree: Columns) {
    this.#tree = tree;
  }

  /** Its node, made when it is new. */
  of(parent: number, frame: number): number {
    const { frame: frames, parent: parents } = this.#tree;
    let slot = this.#slotOf(parent, frame);
    for (let node = this.#slots[slot]!; node !== 0; node = this.#slots[slot]!) {
      if (frames[node] === frame && parents[node] === parent) return node;
      slot = (slot + 1) & this.#mask;
    }
    const node = frames.push(frame) - 1;
    parents.push(parent);
    this.#tree.self.push(0);
    this.#tree.total.push(0);
    this.#tree.samples.push(0);
    // 0 stands for an empty slot: the root is nobody's child.
    this.#slots[slot] = node;
    if (node * 2 > this.#mask) this.#grow();
    return node;
  }

  #slotOf(parent: number, frame: number): number {
    const mixed = Math.imul(Math.imul(parent, 0x9e3779b1) ^ frame, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & this.#mask;
  }

  #grow(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array(this.#mask + 1);
    const { frame: frames, parent: parents } = this.#tree;
    for (let node = 1; node < frames.length; node++) {
      let slot = this.#slotOf(parents[node]!, frames[node]!);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = node;
    }
  }
}

function merge(set: SampleSet): Columns {
  const tree: Columns = { frame: [ROOT], parent: [-1], self: [0], total: [0], samples: [0] };
  const children = new Children(tree);
  for (const sample of set.stacks) {
    const { stack } = sample;
    let node = 0;
    tree.samples[0]! += sample.samples;
    for (let i = stack.length - 1; i >= 0; i--) {
      node = children.of(node, stack[i]!);
      tree.samples[node]! += sample.samples;
    }
    tree.self[node]! += valueOf(set, sample);
  }
  for (let node = tree.frame.length - 1; node >= 0; node--) {
    tree.total[node]! += tree.self[node]!;
    if (node > 0) tree.total[tree.parent[node]!]! += tree.total[node]!;
  }
  return tree;
}

/**
 * Which nodes stay so that they and one `other` per parent with dropped children fit into `maxNodes`: those with the
 * greatest totals. A child never has more than its parent, so the kept nodes are a tree.
 */
function choose(tree: Columns, maxNodes: number): Uint8Array | undefined {
  const count = tree.frame.length;
  if (count <= maxNodes) return undefined;
  // No more than these are looked at; to sort all nodes of a day takes longer than to make them.
  const least = Float64Array.from(tree.total).sort()[count - maxNodes - 1]!;
  const order: number[] = [];
  for (let node = 0; node < count; node++) if (tree.total[node]! >= least) order.push(node);
  order.sort((a, b) => tree.total[b]! - tree.total[a]! || a - b);
  const missing = new Int32Array(count);
  for (let node = 1; node < count; node++) missing[tree.parent[node]!]!++;
  let others = 0;
  let fit = 1;
  for (let kept = 1; kept <= order.length; kept++) {
    const node = order[kept - 1]!;
    if (node > 0 && --missing[tree.parent[node]!]! === 0) others--;
    if (missing[node]! > 0) others++;
    if (kept + others <= maxNodes) fit = kept;
    if (kept > maxNodes) break;
  }
  const keep = new Uint8Array(count);
  for (const node of order.slice(0, fit)) keep[node] = 1;
  return keep;
}

/** By function, package, file, line and kind. */
export function compareFrames(frames: readonly Frame[], a: number, b: number): number {
  if (a < 0 || b < 0) return b - a;
  const left = frames[a]!;
  const right = frames[b]!;
  const order = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);
  return (
    order(left.function, right.function) ||
    order(left.package ?? "", right.package ?? "") ||
    order(left.file ?? "", right.file ?? "") ||
    (left.line ?? 0) - (right.line ?? 0) ||
    order(left.kind, right.kind)
  );
}

/** Folds the samples into a tree of at most `maxNodes` (≥ 2) nodes. Deterministic for equal samples in any order. */
export function callTree(set: SampleSet, maxNodes: number): CallTree {
  const full = merge(set);
  const keep = choose(full, maxNodes);
  // Nodes to emit: kept ones by their index, folded ones appended behind.
  const frame = [...full.frame];
  const children = new Map<number, number[]>();
  const attach = (parent: number, node: number): void => {
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [node]);
    else list.push(node);
  };
  const total = [...full.total];
  const self = [...full.self];
  const samples = [...full.samples];
  const others = new Map<number, number>();
  for (let node = 1; node < full.frame.length; node++) {
    const parent = full.parent[node]!;
    if (keep === undefined || keep[node] === 1) {
      attach(parent, node);
      continue;
    }
    if (keep[parent] === 0) continue;
    let other = others.get(parent);
    if (other === undefined) {
      other = frame.length;
      others.set(parent, other);
      frame.push(OTHER);
      total.push(0);
      self.push(0);
      samples.push(0);
      attach(parent, other);
    }
    total[other]! += full.total[node]!;
    self[other]! += full.total[node]!;
    samples[other]! += full.samples[node]!;
  }
  const out: Columns = { frame: [], parent: [], self: [], total: [], samples: [] };
  const open: (readonly [node: number, parent: number])[] = [[0, -1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, parent] = next;
    const index = out.frame.length;
    out.frame.push(frame[node]!);
    out.parent.push(parent);
    out.self.push(self[node]!);
    out.total.push(total[node]!);
    out.samples.push(samples[node]!);
    const list = children.get(node);
    if (list === undefined) continue;
    list.sort((a, b) => total[b]! - total[a]! || compareFrames(set.frames, frame[a]!, frame[b]!));
    for (let i = list.length - 1; i >= 0; i--) open.push([list[i]!, index]);
  }
  return { ...out, truncated: keep !== undefined || set.truncated };
}
