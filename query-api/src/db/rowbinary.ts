import { isAscii } from "node:buffer";

/** Reads ClickHouse's RowBinary: https://clickhouse.com/docs/interfaces/formats/RowBinary. Throws RangeError on short input. */
export class RowReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Of the same bytes: decodes short text in a tenth of a TextDecoder's time. */
  readonly #text: Buffer;
  // Ids and names repeat from row to row.
  readonly #known = new Map<string, string>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    // Not as a Buffer, whose slice does not copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Bytes read so far. */
  get at(): number {
    return this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#skip(8), true);
  }

  bool(): boolean {
    return this.u8() !== 0;
  }

  string(): string {
    const length = this.#length();
    const from = this.#skip(length);
    const raw = this.#text.toString("utf8", from, from + length);
    const known = this.#known.get(raw);
    if (known !== undefined) return known;
    this.#known.set(raw, raw);
    return raw;
  }

  /** A string as it stands, not copied. */
  bytes(): Uint8Array {
    const length = this.#length();
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** All of an array is decoded as one text and its elements cut out of it: one by one hundreds of ids cost a millisecond. */
  strings(): string[] {
    const count = this.#count();
    const base = this.#at;
    const ends = new Uint32Array(count * 2);
    for (let i = 0; i < count; i++) {
      const length = this.#length();
      ends[i * 2] = this.#skip(length) - base;
      ends[i * 2 + 1] = this.#at - base;
    }
    const region = this.#bytes.subarray(base, this.#at);
    const text = isAscii(region) ? this.#text.toString("latin1", base, this.#at) : undefined;
    return Array.from({ length: count }, (_, i) => {
      const [from, to] = [ends[i * 2]!, ends[i * 2 + 1]!];
      return text?.slice(from, to) ?? this.#text.toString("utf8", base + from, base + to);
    });
  }

  u8s(): Uint8Array {
    const length = this.#length();
    const from = this.#skip(length);
    return this.#bytes.slice(from, from + length);
  }

  u32s(): Uint32Array {
    const length = this.#length();
    const from = this.#skip(length * 4);
    // A copy: columns lie at any offset, typed arrays at multiples of 4 only. Both are little-endian.
    return new Uint32Array(this.#bytes.slice(from, from + length * 4).buffer);
  }

  /** As decimal text: what hashes are known by everywhere else. */
  u64s(): string[] {
    return Array.from({ length: this.#count() }, () => String(this.u64()));
  }

  /** Of the elements of an array, each of which has at least a byte: a broken length must not make an array of it. */
  #count(): number {
    const length = this.#length();
    if (length > this.#bytes.length - this.#at) throw new RangeError("RowBinary ends within an array");
    return length;
  }

  #length(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      if (factor > 2 ** 42) throw new RangeError("RowBinary has a length beyond 2^49");
    }
  }

  #skip(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new RangeError("RowBinary ends within a value");
    this.#at = from + length;
    return from;
  }
}
