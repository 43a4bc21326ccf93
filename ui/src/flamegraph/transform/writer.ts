// Grows a call tree in columns: what every transform writes into.
import type { Frame, Profile } from "../../api/types.ts";
import { at } from "../tree.ts";

/** Calls of one function under one parent become one node. Node 0 is the root. */
export class TreeWriter {
  readonly frame: number[];
  readonly parent: number[] = [-1];
  readonly self: number[] = [0];
  /** Samples whose stack ends here; those below are added by `profile`. */
  readonly samples: number[] = [0];
  readonly highlighted: boolean[] = [false];
  // By (parent, frame), open addressing; 0 is an empty slot, as the root is nobody's child.
  #slots = new Int32Array(4096);

  constructor(rootFrame: number) {
    this.frame = [rootFrame];
  }

  get length(): number {
    return this.frame.length;
  }

  /** The node of `frame` under `parent`, made when it is new. */
  child(parent: number, frame: number): number {
    const mask = this.#slots.length - 1;
    let slot = slotOf(parent, frame, mask);
    for (let node = at(this.#slots, slot); node !== 0; node = at(this.#slots, slot)) {
      if (this.frame[node] === frame && this.parent[node] === parent) return node;
      slot = (slot + 1) & mask;
    }
    const node = this.frame.push(frame) - 1;
    this.parent.push(parent);
    this.self.push(0);
    this.samples.push(0);
    this.highlighted.push(false);
    this.#slots[slot] = node;
    if (node * 2 > mask) this.#grow();
    return node;
  }

  add(node: number, self: number, samples: number): void {
    this.self[node]! += self;
    this.samples[node]! += samples;
  }

  /** Sums upwards: `of` with these nodes, and the frames they point into. */
  profile(of: Profile, frames: readonly Frame[]): Profile {
    const total = [...this.self];
    const samples = [...this.samples];
    for (let node = this.length - 1; node > 0; node--) {
      const parent = at(this.parent, node);
      total[parent]! += at(total, node);
      samples[parent]! += at(samples, node);
    }
    return {
      ...of,
      total: total[0] ?? 0,
      samples: samples[0] ?? 0,
      frames: [...frames],
      nodes: {
        frame: this.frame,
        parent: this.parent,
        self: this.self,
        total,
        samples,
        ...(of.nodes.highlighted === undefined ? {} : { highlighted: this.highlighted }),
      },
    };
  }

  #grow(): void {
    const mask = this.#slots.length * 2 - 1;
    this.#slots = new Int32Array(mask + 1);
    for (let node = 1; node < this.length; node++) {
      let slot = slotOf(at(this.parent, node), at(this.frame, node), mask);
      while (at(this.#slots, slot) !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = node;
    }
  }
}

function slotOf(parent: number, frame: number, mask: number): number {
  const mixed = Math.imul(Math.imul(parent, 0x9e3779b1) ^ frame, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & mask;
}

/** Samples whose stack ends at the node: the columns of a profile hold those below too. */
export function ownSamples({ nodes }: Profile): Float64Array {
  const own = new Float64Array(nodes.samples);
  for (let node = 1; node < own.length; node++) own[at(nodes.parent, node)]! -= at(nodes.samples, node);
  return own;
}
