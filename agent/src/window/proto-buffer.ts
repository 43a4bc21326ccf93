/** A growing protobuf message: just what a pprof profile needs. */
export class ProtoBuffer {
  #bytes: Buffer;
  #length = 0;

  constructor(size = 16_384) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.#length;
  }

  /** Valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** A varint field; 0 is left out. Whole numbers up to 2^53. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#reserve(20);
    this.#varint(field << 3);
    this.#varint(value);
  }

  /** A varint without its field, for packed ones. */
  element(value: number): void {
    this.#reserve(10);
    this.#varint(value);
  }

  /** A length-delimited field. */
  bytes(field: number, value: Uint8Array): void {
    this.#reserve(value.length + 20);
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  string(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(length + 20);
    this.#varint((field << 3) | 2);
    this.#varint(length);
    this.#length += this.#bytes.write(value, this.#length);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
