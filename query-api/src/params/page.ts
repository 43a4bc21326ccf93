import { ApiError } from "../errors.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { parseRange, type TimeRange } from "./time.ts";

interface PageQuery {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** No list is as long. */
const MAX_OFFSET = 0xffff_ffff;

/** A page of a list that is counted through. */
export interface Page {
  readonly range: TimeRange;
  readonly offset: number;
  readonly limit: number;
}

/** `filters` are what a cursor is good for: its list, by name, and what was asked of it. Throws `bad_parameter`, `range_too_large`. */
export function pageOf(
  query: PageQuery,
  filters: object,
  { now, maxRangeMs }: { readonly now: () => number; readonly maxRangeMs: number },
): Page {
  const limit = query.limit ?? 50;
  if (query.cursor === undefined) return { range: parseRange(query, now(), maxRangeMs), offset: 0, limit };
  const { range, key } = decodeCursor(query.cursor, filters, 1, maxRangeMs);
  const offset = Number.parseInt(key[0]!, 16);
  if (offset > MAX_OFFSET)
    throw new ApiError("bad_parameter", "cursor: not one of this list", { field: "cursor" });
  return { range, offset, limit };
}

export function nextCursor({ range, offset, limit }: Page, filters: object): string {
  return encodeCursor({ range, key: [(offset + limit).toString(16)] }, filters);
}
