import { StoreError } from "./errors.ts";

const initialBytes = 64 * 1024;
const defaultMaxBytes = 1 << 30;
// Up to here a loop over char codes beats the call into C++ that Buffer.write costs.
const shortString = 48;

/**
 * Writes rows in ClickHouse's RowBinary format: fixed-width little-endian numbers, strings and arrays prefixed by a
 * LEB128 length, no separators (https://clickhouse.com/docs/interfaces/formats/RowBinary). The caller writes the columns
 * of a row in the order of its INSERT. Not in this format, and so without a method: `LowCardinality(T)` is written as T,
 * an `Enum8` as its number (`u8`), `DateTime` as seconds (`u32`), `DateTime64(n)` as ticks (`i64`), `Bool` as 0 or 1,
 * `Nested` as one array per column.
 *
 * Numbers are not range-checked: they wrap as typed arrays do, since this is the hottest loop of the ingest.
 */
export class RowWriter {
  #buffer: Buffer;
  #length = 0;
  readonly #maxBytes: number;

  /** `maxBytes` is a fuse, not a chunk size: beyond it a write throws HOTSPAN_STORE_ROW_TOO_LARGE. */
  constructor(options: { readonly initialBytes?: number; readonly maxBytes?: number } = {}) {
    this.#buffer = Buffer.allocUnsafeSlow(options.initialBytes ?? initialBytes);
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
  }

  /** Bytes written since the last `reset`. */
  get length(): number {
    return this.#length;
  }

  /** A view of what was written: valid until the next write or reset. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return new Uint8Array(this.view());
  }

  /** Starts over and keeps the memory. `length` cuts back to an earlier length, to take a half-written row back. */
  reset(length = 0): void {
    this.#length = Math.min(length, this.#length);
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  bool(value: boolean): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value ? 1 : 0;
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    const buffer = this.#buffer;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    const buffer = this.#buffer;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
  }

  i32(value: number): void {
    this.u32(value);
  }

  /** UInt64 or Int64 from a bigint (modulo 2^64). */
  u64(value: bigint): void {
    this.u64Lanes(Number((value >> 32n) & 0xffff_ffffn), Number(value & 0xffff_ffffn));
  }

  i64(value: bigint): void {
    this.u64(value);
  }

  /** UInt64 or Int64 from its two 32-bit halves: hashes and ids without a bigint. */
  u64Lanes(high: number, low: number): void {
    const at = this.#reserve(8);
    const buffer = this.#buffer;
    buffer[at] = low;
    buffer[at + 1] = low >>> 8;
    buffer[at + 2] = low >>> 16;
    buffer[at + 3] = low >>> 24;
    buffer[at + 4] = high;
    buffer[at + 5] = high >>> 8;
    buffer[at + 6] = high >>> 16;
    buffer[at + 7] = high >>> 24;
  }

  /** UInt64 or Int64 from a safe integer, negative ones too (two's complement). */
  i64Number(value: number): void {
    const high = Math.floor(value / 0x1_0000_0000);
    this.u64Lanes(high, value - high * 0x1_0000_0000);
  }

  f64(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleLE(value, at);
  }

  /** A string as UTF-8; lone surrogates become U+FFFD. */
  string(value: string): void {
    const chars = value.length;
    if (chars > shortString) {
      this.#longString(value);
      return;
    }
    const at = this.#reserve(1 + chars * 3);
    const buffer = this.#buffer;
    for (let i = 0; i < chars; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#length = at;
        this.#longString(value);
        return;
      }
      buffer[at + 1 + i] = code;
    }
    buffer[at] = chars;
    this.#length = at + 1 + chars;
  }

  /** A string already encoded as UTF-8 (or any bytes: a ClickHouse String holds them). */
  stringBytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Exactly these bytes: a FixedString, or cells encoded before by another writer. */
  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** These bytes, so many times. */
  rawTimes(value: Uint8Array, times: number): void {
    const bytes = value.length * times;
    const at = this.#reserve(bytes);
    this.#buffer.fill(value, at, at + bytes);
  }

  /** LEB128: the length of an array, map or string. */
  varint(value: number): void {
    let rest = value;
    const at = this.#reserve(8);
    const buffer = this.#buffer;
    let end = at;
    // Division, not shifts: lengths beyond 2^31 must not turn negative.
    while (rest > 0x7f) {
      buffer[end++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    buffer[end++] = rest;
    this.#length = end;
  }

  /** Starts an Array or Map of `length` entries; the caller writes them next (of a map: key, value, key, value …). */
  arrayLength(length: number): void {
    this.varint(length);
  }

  stringArray(values: ArrayLike<string>): void {
    this.varint(values.length);
    for (let i = 0; i < values.length; i++) this.string(values[i] as string);
  }

  u8Array(values: ArrayLike<number>): void {
    this.varint(values.length);
    const at = this.#reserve(values.length);
    this.#buffer.set(values, at);
  }

  boolArray(values: ArrayLike<boolean>): void {
    this.varint(values.length);
    for (let i = 0; i < values.length; i++) this.bool(values[i] as boolean);
  }

  u16Array(values: ArrayLike<number>): void {
    this.varint(values.length);
    for (let i = 0; i < values.length; i++) this.u16(values[i] as number);
  }

  u32Array(values: ArrayLike<number>): void {
    const { length } = values;
    this.varint(length);
    let at = this.#reserve(length * 4);
    const buffer = this.#buffer;
    for (let i = 0; i < length; i++) {
      const value = values[i] as number;
      buffer[at] = value;
      buffer[at + 1] = value >>> 8;
      buffer[at + 2] = value >>> 16;
      buffer[at + 3] = value >>> 24;
      at += 4;
    }
  }

  u64Array(values: ArrayLike<bigint>): void {
    this.varint(values.length);
    for (let i = 0; i < values.length; i++) this.u64(values[i] as bigint);
  }

  /** UInt64 or Int64 cells from safe integers. */
  i64NumberArray(values: ArrayLike<number>): void {
    this.varint(values.length);
    for (let i = 0; i < values.length; i++) this.i64Number(values[i] as number);
  }

  f64Array(values: ArrayLike<number>): void {
    this.varint(values.length);
    for (let i = 0; i < values.length; i++) this.f64(values[i] as number);
  }

  /** Map(String, String) in the order given. */
  stringMap(entries: Readonly<Record<string, string>> | ReadonlyMap<string, string>): void {
    if (entries instanceof Map) {
      this.varint(entries.size);
      for (const [key, value] of entries as ReadonlyMap<string, string>) {
        this.string(key);
        this.string(value);
      }
      return;
    }
    const record = entries as Readonly<Record<string, string>>;
    const keys = Object.keys(record);
    this.varint(keys.length);
    for (const key of keys) {
      this.string(key);
      this.string(record[key] as string);
    }
  }

  #longString(value: string): void {
    const chars = value.length;
    // UTF-8 takes one to three bytes per UTF-16 unit. Leave room for the prefix an all-ASCII string has, and move the
    // text when it turns out to need a longer one.
    const prefix = varintBytes(chars);
    const at = this.#reserve(8 + chars * 3);
    const buffer = this.#buffer;
    const bytes = buffer.write(value, at + prefix, "utf8");
    const needed = varintBytes(bytes);
    if (needed !== prefix) buffer.copyWithin(at + needed, at + prefix, at + prefix + bytes);
    this.#length = at;
    this.varint(bytes);
    this.#length = at + needed + bytes;
  }

  /** Makes room, moves the end, returns where the room begins. */
  #reserve(bytes: number): number {
    const at = this.#length;
    const end = at + bytes;
    if (end > this.#buffer.length) this.#grow(end);
    this.#length = end;
    return at;
  }

  #grow(needed: number): void {
    if (needed > this.#maxBytes) {
      throw new StoreError(
        "HOTSPAN_STORE_ROW_TOO_LARGE",
        `The rows of one insert would take ${needed} bytes; the limit is ${this.#maxBytes}.`,
      );
    }
    const larger = Buffer.allocUnsafeSlow(
      Math.min(this.#maxBytes, Math.max(needed, this.#buffer.length * 2)),
    );
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
