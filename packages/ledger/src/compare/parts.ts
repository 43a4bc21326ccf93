/**
 * What classes are made of. A `Piece` is the time of one class on one stack (or of one blamed work, one child) in one
 * span; pieces of a class never overlap. A `Part` is a set of pieces with a name: all with that function on the stack, all
 * blamed on that endpoint. Parts may overlap, as callers contain callees.
 */
import type { BlameKind, ChildKind, LedgerClass } from "../types.ts";
import { type Draft, Drafts, HASHES, keyOf } from "./drafts.ts";
import { FrameIndex, isNameless, isOwnCode } from "./frames.ts";
import { indexOfClass, type Sides } from "./sides.ts";
import { StackCache } from "./stack-parts.ts";
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
