/** A set of 64-bit hashes that numbers them in order of arrival: open addressing, 16 bytes an entry at most half full. */
export class HashIndex {
  /** Slot → entry + 1. */
  #slots: Uint32Array<ArrayBuffer>;
  #high: Uint32Array<ArrayBuffer>;
  #low: Uint32Array<ArrayBuffer>;
  #size = 0;

  constructor(expected = 64) {
    const capacity = 1 << Math.max(4, Math.ceil(Math.log2(expected)));
    this.#slots = new Uint32Array(capacity * 2);
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  high(entry: number): number {
    return this.#high[entry] as number;
  }

  low(entry: number): number {
    return this.#low[entry] as number;
  }

  has(high: number, low: number): boolean {
    return this.#slots[this.#slot(high, low)] !== 0;
  }

  /** Number of the entry; equal to the size before the call when it is new. */
  add(high: number, low: number): number {
    const slot = this.#slot(high, low);
    const found = this.#slots[slot] as number;
    if (found !== 0) return found - 1;
    if (this.#size === this.#high.length) {
      this.#grow();
      return this.add(high, low);
    }
    const entry = this.#size++;
    this.#slots[slot] = entry + 1;
    this.#high[entry] = high;
    this.#low[entry] = low;
    return entry;
  }

  #slot(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    // The low lane is as good as random: its low bits are the slot.
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return slot;
      if (this.#low[entry - 1] === low && this.#high[entry - 1] === high) return slot;
    }
  }

  #grow(): void {
    const high = this.#high;
    const low = this.#low;
    const capacity = high.length * 2;
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#high.set(high);
    this.#low.set(low);
    this.#slots = new Uint32Array(capacity * 2);
    for (let i = 0; i < this.#size; i++) {
      this.#slots[this.#slot(high[i] as number, low[i] as number)] = i + 1;
    }
  }
}
