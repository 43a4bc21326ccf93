import { decodeCursor, encodeCursor } from "./cursor.ts";
import { parseRange, type TimeRange } from "./time.ts";

interface PageQuery {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A page of a list that is counted through. */
export interface Page {
  readonly range: TimeRange;
  readonly offset: number;
  readonly limit: number;
}

/** `filters` are what a cursor is good for. Throws `bad_parameter`, `range_too_large`. */
export function pageOf(
  query: PageQuery,
  filters: object,
  { now, maxRangeMs }: { readonly now: () => number; readonly maxRangeMs: number },
): Page {
  const limit = query.limit ?? 50;
  if (query.cursor === undefined) return { range: parseRange(query, now(), maxRangeMs), offset: 0, limit };
  const { range, key } = decodeCursor(query.cursor, filters, 1);
  return { range, offset: Number.parseInt(key[0]!, 16), limit };
}

export function nextCursor({ range, offset, limit }: Page, filters: object): string {
  return encodeCursor({ range, key: [(offset + limit).toString(16)] }, filters);
}
