import { DecodeError } from "../errors.ts";

/** An object of OTLP/JSON. */
export type Json = Readonly<Record<string, unknown>>;

// A double holds 15 digits for sure: longer integers, nanoseconds above all, are taken from the source text.
const longInteger = /[:,[]\s*-?\d{16,}/;

export function parse(bytes: Uint8Array): unknown {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  try {
    if (!longInteger.test(source)) return JSON.parse(source);
    return JSON.parse(source, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
        ? context?.source
        : value,
    );
  } catch (cause) {
    throw new DecodeError("HOTSPAN_DECODE_BAD_JSON", `not JSON: ${(cause as Error).message}`, { cause });
  }
}

export function either(json: Json, camel: string, snake: string): unknown {
  return json[camel] ?? json[snake] ?? undefined;
}

export function objects(json: Json, camel: string, snake: string = camel): Json[] {
  const list = either(json, camel, snake) ?? [];
  if (!Array.isArray(list)) throw bad(`${camel} is no array`);
  return list.map((entry: unknown) => object(entry, camel));
}

export function object(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(`${what} is no object`);
  return value as Json;
}

export function optional(value: unknown): Json | undefined {
  return value === undefined || value === null ? undefined : object(value, "a field");
}

export function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw bad("a text is no string");
  return value;
}

export function integer(value: unknown): bigint {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw bad("a 64-bit integer is neither text nor a whole number");
}

export function bad(what: string): DecodeError {
  return new DecodeError("HOTSPAN_DECODE_BAD_OTLP", `not an OTLP message: ${what}`);
}
