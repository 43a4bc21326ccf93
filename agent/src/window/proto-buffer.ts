/** Up to so many bytes a loop is faster than a call out of JavaScript. */
const BY_HAND = 64;

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

  /** A length-delimited field: what stands in another one. A view of it for each of them would be garbage of twice its size. */
  message(field: number, inner: ProtoBuffer): void {
    const length = inner.#length;
    this.#reserve(length + 20);
    this.#varint((field << 3) | 2);
    this.#varint(length);
    const from = inner.#bytes;
    const to = this.#bytes;
    const start = this.#length;
    if (length > BY_HAND) from.copy(to, start, 0, length);
    else for (let i = 0; i < length; i++) to[start + i] = from[i] as number;
    this.#length = start + length;
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
    const tag = (field << 3) | 2;
    if (value.length <= BY_HAND && this.#ascii(tag, value)) return;
    const length = Buffer.byteLength(value);
    this.#reserve(length + 20);
    this.#varint(tag);
    this.#varint(length);
    this.#length += this.#bytes.write(value, this.#length);
  }

  /** Whether it is, and stands there now. */
  #ascii(tag: number, value: string): boolean {
    this.#reserve(value.length + 20);
    const start = this.#length;
    this.#varint(tag);
    this.#varint(value.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#length = start;
        return false;
      }
      bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    while (rest > 0x7fff_ffff) {
      bytes[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    bytes[at++] = rest;
    this.#length = at;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
