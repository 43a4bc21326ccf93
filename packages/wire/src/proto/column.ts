import type { WireErrorCode } from "../errors.ts";
import { atMost } from "../limits.ts";
import { malformed, type ProtoReader } from "./reader.ts";
import { BYTES } from "./writer.ts";

/**
 * A repeated uint32 field: packed (one run or several) or one value at a time, as protobuf lets a writer choose.
 * The usual case, one packed run, is counted first and read into an array of exactly its size.
 */
export class Column {
  #values: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  #length = 0;
  readonly #limit: number;
  readonly #code: WireErrorCode;
  readonly #name: string;

  constructor(limit: number, code: WireErrorCode, name: string) {
    this.#limit = limit;
    this.#code = code;
    this.#name = name;
  }

  get length(): number {
    return this.#length;
  }

  read(reader: ProtoReader): void {
    if (reader.wireType !== BYTES) {
      reader.expect(0);
      const value = reader.uint32();
      this.#reserve(1);
      this.#values[this.#length++] = value;
      return;
    }
    const end = reader.packedEnd();
    const { buffer } = reader;
    let at = reader.position;
    let count = 0;
    // The last byte of each number has its top bit clear.
    for (let i = at; i < end; i++) count += ((buffer[i] as number) >>> 7) ^ 1;
    this.#reserve(count);
    const values = this.#values;
    let length = this.#length;
    while (at < end) {
      let byte = buffer[at++] as number;
      let value = byte & 0x7f;
      for (let shift = 7; byte > 0x7f; shift += 7) {
        if (at >= end) throw malformed("a column that ends inside a number");
        byte = buffer[at++] as number;
        if (shift === 28 && byte > 0x0f) throw malformed("a 32-bit number with more than 32 bits");
        value |= (byte & 0x7f) << shift;
      }
      values[length++] = value;
    }
    this.#length = length;
    reader.position = end;
  }

  finish(): Uint32Array {
    return this.#length === this.#values.length ? this.#values : this.#values.slice(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    atMost(needed, this.#limit, this.#code, this.#name);
    if (needed <= this.#values.length) return;
    const larger = new Uint32Array(this.#length === 0 ? needed : Math.max(needed, this.#values.length * 2));
    larger.set(this.#values.subarray(0, this.#length));
    this.#values = larger;
  }
}
