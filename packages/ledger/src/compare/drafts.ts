import type { LedgerClass } from "../types.ts";
import type { PartName, Piece } from "./parts.ts";

export interface Draft {
  readonly class: LedgerClass;
  readonly name: PartName;
}

/** Decides between equal parts. Made when two are equal: most are of a single span and never looked at again. */
export function keyOf({ class: owner, name }: Draft): string {
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

export const HASHES: number = 2 ** 52;

/** Sums by part, in columns: millions of pieces are added to them. */
export class Drafts {
  readonly list: Draft[] = [];
  total: Float64Array<ArrayBuffer> = new Float64Array(1024);
  self: Float64Array<ArrayBuffer> = new Float64Array(1024);
  weightedDepth: Float64Array<ArrayBuffer> = new Float64Array(1024);
  spans: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** Of the piece added last, plus 1. */
  #lastRow = new Uint32Array(1024);
  /** Sum of the pieces' random numbers: equal for equal sets of pieces. */
  set: Float64Array<ArrayBuffer> = new Float64Array(1024);

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
