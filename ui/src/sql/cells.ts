// Cells of a result as text. 64-bit integers already come as text, so nothing is rounded.

const numeric = /^(Nullable\(|LowCardinality\()*(U?Int\d|Float|Decimal)/;

export const isNumeric = (type: string): boolean => numeric.test(type);

export function cellText(value: unknown, type: string): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number" && /Float/.test(type) && !Number.isInteger(value))
    return String(Number(value.toPrecision(8)));
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value as number | boolean);
}
