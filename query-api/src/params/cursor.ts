import { createHash } from "node:crypto";
import { ApiError } from "../errors.ts";
import { isAllowed, type TimeRange } from "./time.ts";

/** Where a list goes on: the range of the first page, so that `now` does not move, and a key within the order. */
export interface Cursor {
  readonly range: TimeRange;
  readonly key: readonly string[];
}

// A cursor of one list must not be read as one of another, or under other filters: what is given names the list, too.
function fingerprint(query: object): string {
  const rest = Object.entries(query)
    .filter(([name]) => !["cursor", "limit", "from", "to"].includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(rest)).digest("base64url").slice(0, 12);
}

export function encodeCursor(cursor: Cursor, query: object): string {
  const { from, to } = cursor.range;
  return Buffer.from(JSON.stringify([fingerprint(query), String(from), String(to), ...cursor.key])).toString(
    "base64url",
  );
}

/**
 * Throws `bad_parameter`. `keys` is how many parts the key must have; each is digits or an id. A cursor is not signed: what it says
 * is held to the limits of what can be asked for.
 */
export function decodeCursor(text: string, query: object, keys: number, maxRangeMs: number): Cursor {
  const bad = (): ApiError =>
    new ApiError("bad_parameter", "cursor: not one of this list", { field: "cursor" });
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    throw bad();
  }
  if (!Array.isArray(parts) || parts.length !== keys + 3 || !parts.every((part) => typeof part === "string"))
    throw bad();
  const [print, from, to, ...key] = parts as string[];
  if (print !== fingerprint(query) || !/^\d{1,20}$/.test(from ?? "") || !/^\d{1,20}$/.test(to ?? ""))
    throw bad();
  if (!key.every((part) => /^[0-9a-f]{1,32}$/.test(part))) throw bad();
  const range = { from: BigInt(from!), to: BigInt(to!) };
  if (!isAllowed(range, maxRangeMs)) throw bad();
  return { range, key };
}
