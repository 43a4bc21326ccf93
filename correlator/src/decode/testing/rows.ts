import type { TableBlock } from "../types.ts";
import { COLUMN_TYPES } from "./column-types.ts";

type Cell = string | number | bigint | readonly Cell[] | readonly (readonly [Cell, Cell])[];
export type Row = Readonly<Record<string, unknown>>;

/** Reads a block back. */
export function rowsOf(block: TableBlock): Row[] {
  return block.format === "Native" ? nativeRows(block) : binaryRows(block);
}

/** By the column types of the migrations: RowBinary cannot be read without them. */
function binaryRows(block: TableBlock): Row[] {
  const types = COLUMN_TYPES[block.table];
  if (types === undefined) throw new Error(`no types for ${block.table}`);
  const cursor = { bytes: Buffer.from(block.bytes), at: 0 };
  const rows: Row[] = [];
  while (cursor.at < cursor.bytes.length) {
    const row: Record<string, unknown> = {};
    for (const column of block.columns) {
      const type = types[column];
      if (type === undefined) throw new Error(`${block.table} has no column ${column}`);
      row[column] = read(cursor, type);
    }
    rows.push(row);
  }
  return rows;
}

function nativeRows(block: TableBlock): Row[] {
  const types = COLUMN_TYPES[block.table];
  const cursor = { bytes: Buffer.from(block.bytes), at: 0 };
  const columns = varint(cursor);
  const rows = Array.from({ length: varint(cursor) }, (): Record<string, Cell> => ({}));
  for (let column = 0; column < columns; column++) {
    const name = String(read(cursor, "String"));
    const type = String(read(cursor, "String"));
    if (types?.[name] !== type) throw new Error(`${name} is sent as ${type}, and is ${types?.[name]}`);
    const cells = type.startsWith("LowCardinality(")
      ? dictionary(cursor, rows.length)
      : rows.map(() => read(cursor, type));
    for (const [at, row] of rows.entries()) row[name] = cells[at] as Cell;
  }
  if (cursor.at !== cursor.bytes.length) throw new Error("more than one block");
  return rows;
}

/** `LowCardinality(String)`: version 1, keys in the block itself, indexes of 32 bits. */
function dictionary(cursor: Cursor, rows: number): Cell[] {
  const [version, flags, length] = [0, 0, 0].map(() => cursor.bytes.readBigUInt64LE(take(cursor, 8)));
  if (version !== 1n || flags !== 0x602n)
    throw new Error(`version ${String(version)}, flags ${String(flags)}`);
  const keys = Array.from({ length: Number(length) }, () => read(cursor, "String"));
  if (read(cursor, "UInt64") !== BigInt(rows)) throw new Error("not an index for each row");
  return Array.from({ length: rows }, () => keys[Number(read(cursor, "UInt32"))] as Cell);
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

function read(cursor: Cursor, type: string): Cell {
  const inner = /^(\w+)\((.*)\)$/.exec(type);
  switch (inner?.[1] ?? type) {
    case "LowCardinality":
      return read(cursor, inner?.[2] ?? "");
    case "SimpleAggregateFunction":
      return read(cursor, (inner?.[2] ?? "").replace(/^\w+, /, ""));
    case "Array":
      return list(cursor, () => read(cursor, inner?.[2] ?? ""));
    case "Map":
      return list(cursor, () => [read(cursor, "String"), read(cursor, "String")] as const);
    case "String": {
      const length = varint(cursor);
      cursor.at += length;
      return cursor.bytes.toString("utf8", cursor.at - length, cursor.at);
    }
    case "UInt8":
    case "Bool":
    case "Enum8":
      return cursor.bytes.readUInt8(take(cursor, 1));
    case "UInt16":
      return cursor.bytes.readUInt16LE(take(cursor, 2));
    case "UInt32":
    case "DateTime":
      return cursor.bytes.readUInt32LE(take(cursor, 4));
    case "UInt64":
      return cursor.bytes.readBigUInt64LE(take(cursor, 8));
    case "Int64":
    case "DateTime64":
      return cursor.bytes.readBigInt64LE(take(cursor, 8));
    default:
      throw new Error(`no reader for ${type}`);
  }
}

function list<T>(cursor: Cursor, one: () => T): T[] {
  return Array.from({ length: varint(cursor) }, one);
}

function take(cursor: Cursor, bytes: number): number {
  cursor.at += bytes;
  return cursor.at - bytes;
}

function varint(cursor: Cursor): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = cursor.bytes.readUInt8(take(cursor, 1));
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}
