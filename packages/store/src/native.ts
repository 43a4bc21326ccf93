import { RowWriter } from "./rowbinary.ts";

/** Keys of its own instead of a shared dictionary, and all of them are in this block. */
const additionalKeys = 0x0600;
/** Width of the indexes: UInt32. */
const wideIndexes = 2;

/**
 * Writes one block in ClickHouse's Native format: a column after the other, each with its name and type
 * (https://clickhouse.com/docs/interfaces/formats/Native). What RowBinary has once a row, a dictionary has once a block: a server
 * reads the same rows in an eighth of the time (bench/README.md).
 *
 * Columns may come in any order; as many as were announced.
 */
export class NativeWriter {
  readonly #out: RowWriter;

  constructor(columns: number, rows: number, initialBytes?: number) {
    this.#out = new RowWriter(initialBytes === undefined ? {} : { initialBytes });
    this.#out.varint(columns);
    this.#out.varint(rows);
  }

  /** A type of fixed width, as it lies in memory: every platform this runs on is little-endian. */
  fixed(name: string, type: string, cells: ArrayBufferView): void {
    this.#begin(name, type);
    this.#out.raw(new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength));
  }

  /** A `String`: each text as often in a row as `runs` says. */
  strings(name: string, runs: Iterable<{ readonly text: string; readonly rows: number }>): void {
    this.#begin(name, "String");
    const cell = new RowWriter({ initialBytes: 64 });
    for (const { text, rows } of runs) {
      cell.reset();
      cell.string(text);
      this.#out.rawTimes(cell.view(), rows);
    }
  }

  /** A `LowCardinality(String)`: for each row the index of its key. */
  lowCardinality(name: string, keys: readonly string[], indexes: Uint32Array): void {
    this.#begin(name, "LowCardinality(String)");
    const out = this.#out;
    // Version of this serialization.
    out.i64Number(1);
    out.i64Number(additionalKeys + wideIndexes);
    out.i64Number(keys.length);
    for (const key of keys) out.string(key);
    out.i64Number(indexes.length);
    out.raw(new Uint8Array(indexes.buffer, indexes.byteOffset, indexes.byteLength));
  }

  /** What was written: valid until the next write. */
  view(): Uint8Array {
    return this.#out.view();
  }

  #begin(name: string, type: string): void {
    this.#out.string(name);
    this.#out.string(type);
  }
}
