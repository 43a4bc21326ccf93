/** Two call trees as one. Frames match on package, function and file; the line shown is that of the other side. */
import { CompareError } from "./errors.ts";
import { frameKey } from "./frames.ts";

export interface ProfileFrame {
  readonly function: string;
  readonly package: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly kind: "app" | "dependency" | "node" | "v8" | "gc" | "native" | "runtime";
}

/** As the API's `Profile`: node 0 is the root, parent[i] < i. */
export interface ProfileTree {
  readonly frames: readonly ProfileFrame[];
  readonly nodes: {
    readonly frame: ArrayLike<number>;
    readonly parent: ArrayLike<number>;
    readonly self: ArrayLike<number>;
  };
}

export interface MergedTree {
  readonly frames: readonly ProfileFrame[];
  readonly frame: number[];
  readonly parent: number[];
  readonly baseSelf: number[];
  readonly otherSelf: number[];
}

/** Frames of both sides under common numbers. */
export class MergedFrames {
  readonly frames: ProfileFrame[] = [];
  readonly #ids = new Map<string, number>();

  /** Of a known frame the newer line is kept. */
  add(frame: ProfileFrame): number {
    const key = frameKey(frame);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.frames.length;
      this.#ids.set(key, id);
      this.frames.push(frame);
    } else this.frames[id] = frame;
    return id;
  }
}

function check({ frames, nodes }: ProfileTree): void {
  const length = nodes.frame.length;
  const fail = (what: string): never => {
    throw new CompareError("HOTSPAN_COMPARE_BAD_TREE", `Profile tree: ${what}.`);
  };
  if (nodes.parent.length !== length || nodes.self.length !== length) fail("columns differ in length");
  for (let i = 0; i < length; i++) {
    if (frames[nodes.frame[i]!] === undefined) fail(`node ${i} has no frame`);
    if (i > 0 && !(nodes.parent[i]! >= 0 && nodes.parent[i]! < i)) fail(`node ${i} stands before its parent`);
  }
}

/** `scale` turns self values into what is compared; nodes stand depth first, siblings by the greater total, descending. */
export function mergeTrees(
  base: ProfileTree,
  other: ProfileTree,
  index: MergedFrames,
  scale: { readonly base: (self: number) => number; readonly other: (self: number) => number },
): MergedTree {
  const frame: number[] = [];
  const parent: number[] = [];
  const self = { base: [] as number[], other: [] as number[] };
  const children: Map<number, number>[] = [];
  const nodeOf = (above: number, id: number): number => {
    const known = above < 0 ? (frame.length > 0 ? 0 : undefined) : children[above]!.get(id);
    if (known !== undefined) return known;
    const node = frame.length;
    frame.push(id);
    parent.push(above);
    self.base.push(0);
    self.other.push(0);
    children.push(new Map());
    if (above >= 0) children[above]!.set(id, node);
    return node;
  };
  for (const [side, tree] of [
    ["base", base],
    ["other", other],
  ] as const) {
    check(tree);
    const ids = tree.frames.map((one) => index.add(one));
    const places: number[] = [];
    for (let i = 0; i < tree.nodes.frame.length; i++) {
      const above = i === 0 ? -1 : places[tree.nodes.parent[i]!]!;
      const node = nodeOf(above, ids[tree.nodes.frame[i]!]!);
      places.push(node);
      self[side][node]! += scale[side](tree.nodes.self[i]!);
    }
  }
  const baseTotal = totalsOf(parent, self.base);
  const otherTotal = totalsOf(parent, self.other);
  const out: MergedTree = { frames: index.frames, frame: [], parent: [], baseSelf: [], otherSelf: [] };
  const open: (readonly [node: number, above: number])[] = frame.length > 0 ? [[0, -1]] : [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, above] = next;
    const place = out.frame.length;
    out.frame.push(frame[node]!);
    out.parent.push(above);
    out.baseSelf.push(self.base[node]!);
    out.otherSelf.push(self.other[node]!);
    const weight = (child: number): number => Math.max(baseTotal[child]!, otherTotal[child]!);
    const key = (child: number): string => frameKey(index.frames[frame[child]!]!);
    const list = [...children[node]!.values()].sort(
      (a, b) => weight(a) - weight(b) || (key(a) > key(b) ? -1 : 1),
    );
    for (const child of list) open.push([child, place]);
  }
  return out;
}

/** total = self + Σ children. */
export function totalsOf(parent: readonly number[], self: readonly number[]): number[] {
  const totals = [...self];
  for (let node = totals.length - 1; node > 0; node--) totals[parent[node]!]! += totals[node]!;
  return totals;
}
