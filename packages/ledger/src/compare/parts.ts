/**
 * What classes are made of. A `Piece` is the time of one class on one stack (or of one blamed work, one child) in one
 * span; pieces of a class never overlap. A `Part` is a set of pieces with a name: all with that function on the stack, all
 * blamed on that endpoint. Parts may overlap, as callers contain callees.
 */
import type { BlameKind, ChildKind, LedgerClass } from "../types.ts";
import { FrameIndex, isNameless, isOwnCode, withoutInternals } from "./frames.ts";
import { indexOfClass, type Sides } from "./sides.ts";
import type { VectorFrame } from "./vector.ts";

export type PartName =
  | { readonly kind: "function"; readonly frame: number }
  | {
      readonly kind: "blame";
      /** Undefined: of any endpoint. */
      readonly endpoint: string | null | undefined;
      readonly work: BlameKind | undefined;
      readonly frame: number | undefined;
    }
  | {
      readonly kind: "child";
      readonly name: string;
      readonly childKind: ChildKind;
      readonly service: string | null;
    };

export interface Part {
  readonly class: LedgerClass;
  readonly name: PartName;
  /** ns per row. */
  readonly values: Float64Array;
  /** Of both sides. */
  readonly total: number;
  /** The deeper of two equal parts names more. */
  readonly depth: number;
}

export interface Piece {
  readonly row: number;
  readonly nano: number;
  /** Frame ids, top of the stack first; empty for children and unknown stacks. */
  readonly path: Int32Array;
  /** Indices into `parts`. */
  parts: Int32Array;
}

export interface Parts {
  readonly frames: readonly VectorFrame[];
  readonly parts: readonly Part[];
  /** By class, in the order of LEDGER_CLASSES. */
  readonly pieces: ReadonlyMap<number, readonly Piece[]>;
}

/** In fewer spans a part cannot differ by more than chance: k spans on one side give at most t = √k. */
const FEWEST_SPANS = 5;
/** Largest first by the time of both sides together, which the sides' labels have no say in. */
const MOST_PARTS = 640;
/** A frame that is not own code and spends less of its time itself only hands on: a loop, a router, a wrapper. */
const HANDS_ON = 0.1;

interface Draft {
  readonly class: LedgerClass;
  readonly name: PartName;
}

/** Decides between equal parts. Made when two are equal: most are of a single span and never looked at again. */
function keyOf({ class: owner, name }: Draft): string {
  switch (name.kind) {
    case "function":
      return `${owner}\0f${name.frame}`;
    case "child":
      return `${owner}\0${name.childKind}\0${name.name}\0${name.service ?? ""}`;
    case "blame": {
      const who = name.work === undefined ? "" : `${name.work}\0${name.endpoint ?? ""}`;
      return `${owner}\0${who}${name.frame === undefined ? "" : `\0${name.frame}`}`;
    }
  }
}

const HASHES = 2 ** 52;

/** Sums by part, in columns: millions of pieces are added to them. */
class Drafts {
  readonly list: Draft[] = [];
  total = new Float64Array(1024);
  self = new Float64Array(1024);
  weightedDepth = new Float64Array(1024);
  spans = new Uint32Array(1024);
  /** Of the piece added last, plus 1. */
  #lastRow = new Uint32Array(1024);
  /** Sum of the pieces' random numbers: equal for equal sets of pieces. */
  set = new Float64Array(1024);

  /** A new part; whoever makes it remembers which it is. */
  make(owner: LedgerClass, name: PartName): number {
    const id = this.list.length;
    this.list.push({ class: owner, name });
    if (id === this.total.length) this.#grow();
    return id;
  }

  /** @param top place in `parts` of the one that the time is the own of; -1: none */
  add({ parts, nano, row }: Piece, depths: ArrayLike<number>, top: number, hash: number): void {
    const { total, self, weightedDepth, spans, set } = this;
    const lastRow = this.#lastRow;
    for (let i = 0; i < parts.length; i++) {
      const id = parts[i]!;
      total[id]! += nano;
      weightedDepth[id]! += nano * depths[i]!;
      if (i === top) self[id]! += nano;
      if (lastRow[id] !== row + 1) spans[id]!++;
      lastRow[id] = row + 1;
      const sum = set[id]! + hash;
      set[id] = sum < HASHES ? sum : sum - HASHES;
    }
  }

  #grow(): void {
    const wider = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(from.length * 2);
      to.set(from);
      return to;
    };
    const widerCount = (from: Uint32Array): Uint32Array<ArrayBuffer> => {
      const to = new Uint32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.total = wider(this.total);
    this.self = wider(this.self);
    this.weightedDepth = wider(this.weightedDepth);
    this.spans = widerCount(this.spans);
    this.#lastRow = widerCount(this.#lastRow);
    this.set = wider(this.set);
  }
}

const none = new Int32Array(0);

export function partsOf(sides: Sides): Parts {
  const index = new FrameIndex();
  const drafts = new Drafts();
  const pieces = new Map<number, Piece[]>();
  let made = 0;
  const add = (owner: LedgerClass, piece: Piece, depths: ArrayLike<number>, top: number): void => {
    const list = pieces.get(indexOfClass(owner));
    if (list === undefined) pieces.set(indexOfClass(owner), [piece]);
    else list.push(piece);
    // Weyl's sequence on 52 bits: no two sets of pieces of any practical size share a sum by accident.
    drafts.add(piece, depths, top, (made++ * 0x9e3779b97f4a7) % HASHES);
  };
  const stacks = new StackCache(index, drafts);
  const children = new Map<string, number>();

  sides.spans.forEach((span, row) => {
    for (const { class: owner, frame, callers, nano } of span.functions) {
      if (nano === 0) continue;
      const stack = stacks.of(owner, frame, callers);
      add(owner, { row, nano, path: stack.path, parts: stack.parts }, stack.depths, 0);
    }
    for (const { endpoint, kind, frame, callers, nano } of span.blame) {
      if (nano === 0) continue;
      const work = kind ?? (endpoint === null ? "unlabelled" : "request");
      const stack = stacks.ofBlame(work, endpoint, frame, callers);
      add("loop.held", { row, nano, path: stack.path, parts: stack.parts }, stack.depths, 2);
    }
    for (const { name, kind, service, nano } of span.children) {
      if (nano === 0) continue;
      const key = `${kind}\0${name}\0${service ?? ""}`;
      let id = children.get(key);
      if (id === undefined) {
        id = drafts.make("wait.child", { kind: "child", name, childKind: kind, service });
        children.set(key, id);
      }
      add("wait.child", { row, nano, path: none, parts: Int32Array.of(id) }, [1], -1);
    }
  });
  return keep(drafts, pieces, index.frames, sides.spans.length);
}

interface Stack {
  readonly path: Int32Array;
  readonly parts: Int32Array;
  readonly depths: Int32Array;
}

/** A stack's frames, each of them once, and how far each of those is from the bottom. */
interface Path {
  readonly path: Int32Array;
  readonly unique: Int32Array;
  readonly depths: Int32Array;
}

const noPath: Path = { path: none, unique: none, depths: none };

/** Which part belongs to a small number; there are tens of thousands of frames. */
class PartIds {
  /** Plus 1; 0: none yet. */
  #ids = new Int32Array(64);

  /** -1: none yet. */
  get(index: number): number {
    return index < this.#ids.length ? this.#ids[index]! - 1 : -1;
  }

  /** Returns `id`. */
  set(index: number, id: number): number {
    if (index >= this.#ids.length) {
      const wider = new Int32Array(Math.max(index + 1, this.#ids.length * 2));
      wider.set(this.#ids);
      this.#ids = wider;
    }
    this.#ids[index] = id + 1;
    return id;
  }
}

/** Every distinct stack is looked up once: callers by their array if it is shared, else frame by frame. */
class StackCache {
  /** A node per distinct stack: (node below × 2²⁰ + frame) → node. 0 is the empty stack. */
  readonly #nodes = new Map<number, number>();
  readonly #byCallers = new Map<readonly VectorFrame[] | undefined, number>([[undefined, 0]]);
  /** By class. */
  readonly #known: Map<number, Stack>[] = [];
  /** By class and frame. */
  readonly #parts: PartIds[] = [];
  readonly #blamed = new Map<string, Map<number, Stack>>();
  readonly #blamedParts = new Map<string, PartIds>();
  /** Parts of the top of a held stack, whoever is to blame, by frame. */
  readonly #tops = new PartIds();
  readonly #paths = new Map<number, Path>();
  readonly #index: FrameIndex;
  readonly #drafts: Drafts;

  constructor(index: FrameIndex, drafts: Drafts) {
    this.#index = index;
    this.#drafts = drafts;
  }

  of(owner: LedgerClass, frame: VectorFrame, callers: readonly VectorFrame[] | undefined): Stack {
    const node = this.#nodeOf(frame, callers);
    const known = (this.#known[indexOfClass(owner)] ??= new Map<number, Stack>());
    const hit = known.get(node);
    if (hit !== undefined) return hit;
    const parts = (this.#parts[indexOfClass(owner)] ??= new PartIds());
    const { path, unique, depths } = this.#pathOf(node, frame, callers);
    const ids = new Int32Array(unique.length);
    for (let i = 0; i < unique.length; i++) {
      const id = unique[i]!;
      const made = parts.get(id);
      ids[i] = made >= 0 ? made : parts.set(id, this.#drafts.make(owner, { kind: "function", frame: id }));
    }
    const stack: Stack = { path, parts: ids, depths };
    known.set(node, stack);
    return stack;
  }

  /** Of work that held the loop, `frame` null where nobody saw its stack. */
  ofBlame(
    work: BlameKind,
    endpoint: string | null,
    frame: VectorFrame | null,
    callers: readonly VectorFrame[] | undefined,
  ): Stack {
    // Frames are numbered from the top of the stack: the numbers decide between parts that are alike.
    if (frame !== null && !this.#byCallers.has(callers)) this.#idsOf(frame, callers);
    const node = frame === null ? 0 : this.#nodeOf(frame, callers);
    // Without an endpoint the part is named as by the empty one, so they may not share a stack.
    const owner = `${work}\0${endpoint === null ? "" : `=${endpoint}`}`;
    let stacks = this.#blamed.get(owner);
    if (stacks === undefined) this.#blamed.set(owner, (stacks = new Map<number, Stack>()));
    const hit = stacks.get(node);
    if (hit !== undefined) return hit;
    const who = `${work}\0${endpoint ?? ""}`;
    let parts = this.#blamedParts.get(who);
    if (parts === undefined) this.#blamedParts.set(who, (parts = new PartIds()));
    const { path, unique, depths } = frame === null ? noPath : this.#pathOf(node, frame, callers);
    const make = (named: boolean, id: number | undefined): number =>
      this.#drafts.make("loop.held", {
        kind: "blame",
        endpoint: named ? endpoint : undefined,
        work: named ? work : undefined,
        frame: id,
      });
    const top = path[0];
    const first = top === undefined ? 1 : 2;
    const ids = new Int32Array(first + unique.length);
    const ownDepths = new Int32Array(first + unique.length);
    // Frames are counted from 1 here: 0 is the work as a whole.
    const whole = parts.get(0);
    ids[0] = whole >= 0 ? whole : parts.set(0, make(true, undefined));
    ownDepths[0] = 1;
    // Of its own, only the top of the stack: what lies below, many endpoints share without being alike.
    if (top !== undefined) {
      const made = this.#tops.get(top);
      ids[1] = made >= 0 ? made : this.#tops.set(top, make(false, top));
    }
    for (let i = 0; i < unique.length; i++) {
      const id = unique[i]!;
      const made = parts.get(id + 1);
      ids[first + i] = made >= 0 ? made : parts.set(id + 1, make(true, id));
      ownDepths[first + i] = 1 + depths[i]!;
    }
    const stack: Stack = { path, parts: ids, depths: ownDepths };
    stacks.set(node, stack);
    return stack;
  }

  #nodeOf(frame: VectorFrame, callers: readonly VectorFrame[] | undefined): number {
    let below = this.#byCallers.get(callers);
    if (below === undefined) {
      below = 0;
      for (let i = callers!.length - 1; i >= 0; i--)
        below = this.#step(below, this.#index.idOf(callers![i]!));
      this.#byCallers.set(callers, below);
    }
    return this.#step(below, this.#index.idOf(frame));
  }

  #idsOf(frame: VectorFrame, callers: readonly VectorFrame[] | undefined): number[] {
    const ids = [this.#index.idOf(frame)];
    for (const caller of callers ?? []) ids.push(this.#index.idOf(caller));
    return ids;
  }

  #pathOf(node: number, frame: VectorFrame, callers: readonly VectorFrame[] | undefined): Path {
    let known = this.#paths.get(node);
    if (known === undefined) {
      const path = Int32Array.from(withoutInternals(this.#idsOf(frame, callers), this.#index.frames));
      // A recursive function contains its time once, and stands where it is called first from the top.
      const unique = Int32Array.from(new Set(path));
      known = { path, unique, depths: unique.map((id) => path.length - path.indexOf(id)) };
      this.#paths.set(node, known);
    }
    return known;
  }

  #step(below: number, frame: number): number {
    const key = below * 2 ** 20 + frame;
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = this.#nodes.size + 1;
      this.#nodes.set(key, node);
    }
    return node;
  }
}

interface Candidate {
  readonly draft: Draft;
  readonly id: number;
  readonly total: number;
  readonly depth: number;
}

function keep(
  drafts: Drafts,
  pieces: ReadonlyMap<number, readonly Piece[]>,
  frames: readonly VectorFrame[],
  rows: number,
): Parts {
  const { list, total, self, spans, weightedDepth, set } = drafts;
  const names = ({ name }: Draft, id: number): boolean => {
    if (spans[id]! < FEWEST_SPANS) return false;
    if (name.kind === "child" || name.frame === undefined) return true;
    if (name.kind === "blame" && name.work === undefined) return true;
    return isOwnCode(frames[name.frame]!) || self[id]! >= HANDS_ON * total[id]!;
  };
  const nameless = ({ name }: Draft): boolean =>
    name.kind !== "child" && name.frame !== undefined && isNameless(frames[name.frame]!);
  const candidates: Candidate[] = [];
  for (const [id, draft] of list.entries())
    if (names(draft, id))
      candidates.push({ draft, id, total: total[id]!, depth: weightedDepth[id]! / total[id]! });
  candidates.sort(
    (a, b) =>
      b.total - a.total ||
      Number(nameless(a.draft)) - Number(nameless(b.draft)) ||
      b.depth - a.depth ||
      (keyOf(a.draft) < keyOf(b.draft) ? -1 : 1),
  );
  // Of parts made of the same pieces (a handler and all its wrappers) the deepest stays that has a name.
  const seen = new Set<string>();
  const chosen = candidates
    .filter(({ draft, id }) => {
      const same = `${draft.class} ${total[id]!} ${set[id]!}`;
      if (seen.has(same)) return false;
      seen.add(same);
      return true;
    })
    .slice(0, MOST_PARTS);
  const renumbered = new Int32Array(list.length).fill(-1);
  chosen.forEach(({ id }, i) => (renumbered[id] = i));
  const parts: Part[] = chosen.map(({ draft, total: sum, depth }) => ({
    class: draft.class,
    name: draft.name,
    values: new Float64Array(rows),
    total: sum,
    depth,
  }));
  const translated = new Map<Int32Array, Int32Array>();
  for (const each of pieces.values()) {
    for (const piece of each) {
      let ids = translated.get(piece.parts);
      if (ids === undefined) {
        ids = piece.parts.map((id) => renumbered[id]!).filter((id) => id >= 0);
        translated.set(piece.parts, ids);
      }
      piece.parts = ids;
      const { row, nano } = piece;
      for (let i = 0; i < ids.length; i++) parts[ids[i]!]!.values[row]! += nano;
    }
  }
  return { frames, parts, pieces };
}
