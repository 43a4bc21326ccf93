import type { BlameKind, LedgerClass } from "../types.ts";
import type { Drafts } from "./drafts.ts";
import { type FrameIndex, withoutInternals } from "./frames.ts";
import { indexOfClass } from "./sides.ts";
import type { VectorFrame } from "./vector.ts";

const none = new Int32Array(0);

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
export class StackCache {
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
