import { WireError } from "../errors.ts";

// Protobuf's encoding (https://protobuf.dev/programming-guides/encoding/): a tag is field << 3 | wire type.
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Growable protobuf writer. Zero scalars and empty strings, bytes and columns are left out, as proto3 does. */
export class ProtoWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(initialBytes = 4096) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(0, this.#length));
  }

  /** Opens a nested message; pass the result to `end`. */
  begin(field: number): number {
    this.#varint((field << 3) | BYTES);
    return this.#length;
  }

  /** Closes it: the length goes in front, the body moves up behind it. A memmove is cheaper than sizing twice. */
  end(start: number): void {
    const bytes = this.#length - start;
    const prefix = varintBytes(bytes);
    this.#reserve(prefix);
    this.#buffer.copyWithin(start + prefix, start, start + bytes);
    this.#length = start;
    this.#varint(bytes);
    this.#length += bytes;
  }

  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#varint(field << 3);
    this.#varint(value);
  }

  uint64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#varint(field << 3);
    this.#varint64(value);
  }

  /** Also zero, which a repeated field counts. */
  fixed64(field: number, value: bigint): void {
    this.#varint((field << 3) | FIXED64);
    this.#reserve(8);
    this.#length = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
  }

  /** An entry of a repeated field: zeros count too. */
  uint64Always(field: number, value: bigint): void {
    this.#varint(field << 3);
    this.#varint64(value);
  }

  bool(field: number, value: boolean): void {
    if (value) this.uint(field, 1);
  }

  string(field: number, value: string): void {
    if (value === "") return;
    this.stringAlways(field, value);
  }

  /** An entry of a repeated string field: empty ones count too. */
  stringAlways(field: number, value: string): void {
    const bytes = Buffer.byteLength(value);
    this.#varint((field << 3) | BYTES);
    this.#varint(bytes);
    this.#reserve(bytes);
    this.#length += this.#buffer.write(value, this.#length, "utf8");
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.bytesAlways(field, value);
  }

  bytesAlways(field: number, value: Uint8Array): void {
    this.#varint((field << 3) | BYTES);
    this.#varint(value.length);
    this.raw(value);
  }

  /** Bytes that are protobuf already. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Bytes given as hex digits. */
  hex(field: number, value: string): void {
    if (value === "") return;
    const bytes = value.length >>> 1;
    this.#varint((field << 3) | BYTES);
    this.#varint(bytes);
    this.#reserve(bytes);
    // Buffer.write stops at the first character that is no hex digit.
    if (this.#buffer.write(value, this.#length, "hex") !== bytes || value.length % 2 !== 0) {
      throw new WireError("HOTSPAN_WIRE_BAD_VALUE", `${JSON.stringify(value.slice(0, 64))} is not hex`);
    }
    this.#length += bytes;
  }

  /** Packed repeated uint32 (or non-negative int64 below 2^53). */
  packed(field: number, values: ArrayLike<number>): void {
    const count = values.length;
    if (count === 0) return;
    const start = this.begin(field);
    this.#reserve(count * 5 + 10);
    let buffer = this.#buffer;
    let at = this.#length;
    for (let i = 0; i < count; i++) {
      let value = values[i] as number;
      if (value > 0xffff_ffff) {
        this.#length = at;
        this.#varint(value);
        this.#reserve((count - i) * 5 + 10);
        buffer = this.#buffer;
        at = this.#length;
        continue;
      }
      while (value > 0x7f) {
        buffer[at++] = (value & 0x7f) | 0x80;
        value >>>= 7;
      }
      buffer[at++] = value;
    }
    this.#length = at;
    this.end(start);
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    let at = this.#length;
    while (rest > 0xffff_ffff) {
      this.#buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[at++] = rest;
    this.#length = at;
  }

  #varint64(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  #reserve(bytes: number): void {
    const end = this.#length + bytes;
    if (end <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
