import type { WireErrorCode } from "../errors.ts";
import { atMost } from "../limits.ts";
import type { ProtoReader } from "../proto/reader.ts";

/** Where the entries of a repeated field lie, to read them when everything they refer to is known. */
export class Ranges {
  #bounds: Uint32Array<ArrayBuffer> = new Uint32Array(128);
  length = 0;
  readonly #limit: number;
  readonly #code: WireErrorCode;
  readonly #name: string;

  constructor(limit: number, code: WireErrorCode, name: string) {
    this.#limit = limit;
    this.#code = code;
    this.#name = name;
  }

  /** Notes the value of the current field and skips it. */
  take(reader: ProtoReader): void {
    const end = reader.packedEnd();
    atMost(this.length + 1, this.#limit, this.#code, this.#name);
    if (this.length * 2 === this.#bounds.length) {
      const larger = new Uint32Array(this.#bounds.length * 2);
      larger.set(this.#bounds);
      this.#bounds = larger;
    }
    this.#bounds[this.length * 2] = reader.position;
    this.#bounds[this.length * 2 + 1] = end;
    this.length++;
    reader.position = end;
  }

  start(index: number): number {
    return this.#bounds[index * 2] as number;
  }

  end(index: number): number {
    return this.#bounds[index * 2 + 1] as number;
  }

  /** Puts the reader on the message of this entry. */
  enter(reader: ProtoReader, index: number): void {
    reader.position = this.start(index);
    reader.end = this.end(index);
  }
}
