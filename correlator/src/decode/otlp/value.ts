import { DecodeError } from "../errors.ts";

// How the Collector turns attribute values into text (pdata's Value.AsString, seen in rows of its exporter 0.161): text as
// it is, numbers in ECMAScript's notation, bytes in base64, arrays and maps as JSON with sorted keys, unset as "".

/** A value inside an array or a map, on its way to JSON. Ints and doubles are text already. */
export type JsonText = string;

/** Nesting beyond this is refused: it only comes from bombs, and both decoders recurse. */
export const MAX_DEPTH = 64;

export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new DecodeError("HOTSPAN_DECODE_TOO_DEEP", `attribute values nested deeper than ${MAX_DEPTH}`);
  }
}

export function doubleText(value: number): string {
  // Go keeps the sign of a zero.
  return Object.is(value, -0) ? "-0" : String(value);
}

/** JSON has no NaN: inside arrays and maps it stands as text. */
export function doubleJson(value: number): JsonText {
  return Number.isFinite(value) ? doubleText(value) : `"${doubleText(value)}"`;
}

export function stringJson(value: string): JsonText {
  const text = JSON.stringify(value);
  return /[\u2028\u2029]/.test(text)
    ? text.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")
    : text;
}

export function arrayJson(values: readonly JsonText[]): JsonText {
  return `[${values.join(",")}]`;
}

/** Keys sorted; of equal keys the last counts. */
export function mapJson(keys: readonly string[], values: readonly JsonText[]): JsonText {
  const byKey = new Map<string, JsonText>();
  keys.forEach((key, i) => byKey.set(key, values[i] as string));
  const sorted = [...byKey.keys()].sort();
  return `{${sorted.map((key) => `${stringJson(key)}:${byKey.get(key)}`).join(",")}}`;
}
