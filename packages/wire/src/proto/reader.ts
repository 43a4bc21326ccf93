import { isUtf8 } from "node:buffer";
import { WireError } from "../errors.ts";
import { BYTES, FIXED32, FIXED64, VARINT } from "./writer.ts";

/**
 * Reads protobuf bytes in place. Nested messages are ranges of the same buffer: the caller reads to `end`.
 * Every read is checked against the end of the message it belongs to; malformed bytes throw HOTSPAN_WIRE_MALFORMED.
 */
export class ProtoReader {
  readonly buffer: Buffer;
  position: number;
  /** End of the message being read. */
  end: number;
  /** Number and wire type of the field `next` found. */
  field = 0;
  wireType = 0;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = 0;
    this.end = bytes.length;
  }

  /** Moves to the next field of the current message; false at its end. */
  next(): boolean {
    if (this.position >= this.end) return false;
    const tag = this.uint32();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) throw malformed("a field with number 0");
    return true;
  }

  /** Runs `read` on a nested message, then continues behind it. Groups and scalars in its place are refused. */
  message(read: (reader: ProtoReader) => void): void {
    const outer = this.end;
    const end = this.#lengthDelimited();
    this.end = end;
    read(this);
    this.position = end;
    this.end = outer;
  }

  /** Skips the value of a field nobody knows. */
  skip(): void {
    switch (this.wireType) {
      case VARINT:
        this.#varintLow();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case BYTES:
        this.position = this.#lengthDelimited();
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        throw malformed(`wire type ${this.wireType}`);
    }
  }

  /** A uint32 or an enum. */
  uint32(): number {
    const low = this.#varintLow();
    if (this.#high !== 0) throw malformed("a 32-bit number with more than 32 bits");
    return low;
  }

  /** A uint64 that a double holds exactly. */
  safeUint64(): number {
    const low = this.#varintLow();
    if (this.#high > 0x1f_ffff) throw malformed("a number above 2^53");
    return this.#high * 0x1_0000_0000 + low;
  }

  /** As `safeUint64`, of a field that must be a varint. */
  uint(): number {
    this.expect(VARINT);
    return this.safeUint64();
  }

  /** An int64 of which only what fits 32 bits means something (a line): 0 for all else. */
  uint32OrZero(): number {
    this.expect(VARINT);
    const low = this.#varintLow();
    return this.#high === 0 ? low : 0;
  }

  uint64(): bigint {
    const low = this.#varintLow();
    return (BigInt(this.#high) << 32n) | BigInt(low);
  }

  /** A fixed64. */
  fixed64(): bigint {
    const at = this.position;
    this.#advance(8);
    return this.buffer.readBigUInt64LE(at);
  }

  double(): number {
    const at = this.position;
    this.#advance(8);
    return this.buffer.readDoubleLE(at);
  }

  bool(): boolean {
    return (this.#varintLow() | this.#high) !== 0;
  }

  /** The low 32 bits of a varint; `lastHigh` has the rest. For int64 values without a bigint. */
  low(): number {
    return this.#varintLow();
  }

  get lastHigh(): number {
    return this.#high;
  }

  string(): string {
    const start = this.#start();
    const end = this.position;
    const text = this.buffer.toString("utf8", start, end);
    // Only a replacement character can come from invalid bytes; it may also be meant.
    if (text.includes("\ufffd") && !isUtf8(this.buffer.subarray(start, end))) {
      throw malformed("a string that is not UTF-8");
    }
    return text;
  }

  /** A copy. */
  bytes(): Uint8Array {
    const start = this.#start();
    return new Uint8Array(this.buffer.subarray(start, this.position));
  }

  /** A view of the message's own memory. */
  view(): Uint8Array {
    const start = this.#start();
    const { buffer } = this;
    return new Uint8Array(buffer.buffer, buffer.byteOffset + start, this.position - start);
  }

  hex(): string {
    const start = this.#start();
    return this.buffer.toString("hex", start, this.position);
  }

  /** Checks that the field has the wire type the schema says. */
  expect(wireType: number): void {
    if (this.wireType !== wireType) {
      throw malformed(`wire type ${this.wireType} in field ${this.field}, which has ${wireType}`);
    }
  }

  /** Reads a length and returns where the value ends; the position is at its first byte. */
  #lengthDelimited(): number {
    this.expect(BYTES);
    const bytes = this.uint32();
    const end = this.position + bytes;
    if (end > this.end) throw malformed("a length beyond the end of its message");
    return end;
  }

  /** Start of a length-delimited value; the position moves behind it. */
  #start(): number {
    const end = this.#lengthDelimited();
    const start = this.position;
    this.position = end;
    return start;
  }

  /** Opens a packed field: the position is at its first varint, the result its end. */
  packedEnd(): number {
    return this.#lengthDelimited();
  }

  #advance(bytes: number): void {
    this.position += bytes;
    if (this.position > this.end) throw malformed("a value beyond the end of its message");
  }

  #high = 0;

  #varintLow(): number {
    const { buffer, end } = this;
    let at = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw malformed("a number beyond the end of its message");
      const byte = buffer[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else if (bits > 1) throw malformed("a number with more than 64 bits");
      else high |= bits << 31;
      if (byte < 0x80) {
        this.position = at;
        this.#high = high >>> 0;
        return low >>> 0;
      }
    }
    throw malformed("a number with more than 64 bits");
  }
}

export function malformed(what: string): WireError {
  return new WireError("HOTSPAN_WIRE_MALFORMED", `malformed protobuf: ${what}`);
}
