import type { WireErrorCode } from "./errors.ts";
import { atMost, type Limits } from "./limits.ts";
import type { ProtoReader } from "./proto/reader.ts";

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A string of at most `nameLength` bytes. */
export function readName(reader: ProtoReader, limits: Limits): string {
  return readString(reader, limits.nameLength, "HOTSPAN_WIRE_STRING_TOO_LONG");
}

export function readAttribute(reader: ProtoReader, limits: Limits): [key: string, value: string] {
  let key = "";
  let value = "";
  reader.message((r) => {
    while (r.next()) {
      if (r.field === 1) key = readName(r, limits);
      else if (r.field === 2) value = readString(r, limits.valueLength, "HOTSPAN_WIRE_VALUE_TOO_LONG");
      else r.skip();
    }
  });
  return [key, value];
}

function readString(reader: ProtoReader, limit: number, code: WireErrorCode): string {
  const before = reader.position;
  const text = reader.string();
  atMost(reader.position - before, limit + 3, code, "bytes of text");
  return text;
}
