/** pprof ids → indexes. Writers number from 1 upwards, so an array serves; other ids (addresses, hashes) go to a Map. */
export class IdIndex {
  /** Number of entries that were announced. */
  readonly length: number;
  readonly #dense: Uint32Array;
  #sparse: Map<number, number> | undefined;

  constructor(length: number) {
    this.length = length;
    this.#dense = new Uint32Array(length * 2 + 16);
  }

  /** The first entry with an id keeps it. */
  set(id: number, index: number): void {
    if (id < this.#dense.length) {
      if (this.#dense[id] === 0) this.#dense[id] = index + 1;
      return;
    }
    this.#sparse ??= new Map();
    if (!this.#sparse.has(id)) this.#sparse.set(id, index);
  }

  get(id: number): number | undefined {
    if (id >= this.#dense.length) return this.#sparse?.get(id);
    const found = this.#dense[id] as number;
    return found === 0 ? undefined : found - 1;
  }
}
