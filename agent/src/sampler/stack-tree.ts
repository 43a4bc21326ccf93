import type { RawNode } from "./native.ts";

/** The nodes that stacks run through, each behind its parent: several of V8's trees, laid over each other. */
export class StackTree {
  readonly nodes: RawNode[] = [];
  /** Of each node its parent; -1 under the root. */
  readonly parents: number[] = [];
  /** Of the nodes that are there, by parent and place: the latest, and behind it what `#next` leads to. Made when it is needed. */
  #latest: Map<number, number> | undefined;
  readonly #next: number[] = [];

  /** Of the first tree, whose nodes V8 has told apart already. */
  add(node: RawNode, parent: number): number {
    this.parents.push(parent);
    return this.nodes.push(node) - 1;
  }

  /** Of a later tree: the number of the same frame under the same parent, if an earlier one had it. */
  merge(node: RawNode, parent: number): number {
    const latest = (this.#latest ??= this.#indexed());
    const key = keyOf(node, parent);
    const last = latest.get(key) ?? -1;
    for (let index = last; index >= 0; index = this.#next[index] as number)
      if (this.parents[index] === parent && isSame(this.nodes[index] as RawNode, node)) return index;
    const index = this.add(node, parent);
    this.#next[index] = last;
    latest.set(key, index);
    return index;
  }

  #indexed(): Map<number, number> {
    const latest = new Map<number, number>();
    for (const [index, node] of this.nodes.entries()) {
      const key = keyOf(node, this.parents[index] as number);
      this.#next[index] = latest.get(key) ?? -1;
      latest.set(key, index);
    }
    return latest;
  }
}

/** A small integer for all that may be equal; a string for each of ten thousand nodes would take longer than the rest. */
function keyOf({ scriptId, lineNumber, columnNumber }: RawNode, parent: number): number {
  let key = Math.imul(parent, 0x9e37_79b1) ^ scriptId;
  key = Math.imul(key, 0x85eb_ca6b) ^ lineNumber;
  key = Math.imul(key, 0xc2b2_ae35) ^ columnNumber;
  return (key ^ (key >>> 15)) >> 1;
}

function isSame(a: RawNode, b: RawNode): boolean {
  return (
    a.scriptId === b.scriptId &&
    a.lineNumber === b.lineNumber &&
    a.columnNumber === b.columnNumber &&
    a.name === b.name &&
    a.scriptName === b.scriptName
  );
}
