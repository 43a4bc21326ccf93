import { ApiError } from "../errors.ts";

/** Unix ns, from inclusive, to exclusive. */
export interface TimeRange {
  readonly from: bigint;
  readonly to: bigint;
}

const MS = 1_000_000n;
// A plus that was not escaped in a URL arrives as a space.
// What DateTime64(9) can hold with room for margins.
const MIN_MS = 0;
const MAX_MS = Date.UTC(2200, 0, 1);
const rfc3339 = /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[ +-]\d\d:\d\d)$/;

function parseTime(field: "from" | "to", text: string): bigint {
  const bad = (why: string): ApiError => new ApiError("bad_parameter", `${field}: ${why}`, { field });
  let ms: number;
  let rest = 0n;
  if (/^\d{1,15}$/.test(text)) ms = Number(text);
  else {
    const match = rfc3339.exec(text);
    if (match === null) throw bad("neither RFC 3339 nor Unix milliseconds");
    const local = match[1]!.replace(/[t ]/, "T");
    ms = Date.parse(`${local}${match[3]!.toUpperCase().replace(" ", "+")}`);
    // Date takes the 30th of February for the 2nd of March, and 24:00 for the next day.
    if (Number.isNaN(ms) || new Date(`${local}Z`).toISOString().slice(0, 19) !== local)
      throw bad("no such date");
    rest = BigInt((match[2] ?? ".0").slice(1).padEnd(9, "0"));
  }
  if (ms < MIN_MS || ms > MAX_MS) throw bad("outside 1970 to 2200");
  return BigInt(ms) * MS + rest;
}

/** Whether a range that was not parsed is one that could have been. */
export const isAllowed = ({ from, to }: TimeRange, maxRangeMs: number): boolean =>
  from < to && to <= BigInt(MAX_MS) * MS + MS && to - from <= BigInt(maxRangeMs) * MS;

/** Defaults to the last hour. Throws `bad_parameter` or `range_too_large`; `within` is the field a nested range lies in. */
export function parseRange(
  query: { readonly from?: Time; readonly to?: Time },
  now: number,
  maxRangeMs: number,
  within?: string,
): TimeRange {
  if (within === undefined) return read(query, now, maxRangeMs);
  try {
    return read(query, now, maxRangeMs);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(error.code, `${within}: ${error.message}`, { field: within, cause: error });
  }
}

/** A time of a query or a body. */
type Time = string | number | undefined;

function read(
  query: { readonly from?: Time; readonly to?: Time },
  now: number,
  maxRangeMs: number,
): TimeRange {
  const to = query.to === undefined ? BigInt(now + 1) * MS : parseTime("to", String(query.to));
  const from = query.from === undefined ? to - 3_600_000n * MS : parseTime("from", String(query.from));
  if (from >= to) throw new ApiError("bad_parameter", "from: not before `to`", { field: "from" });
  if (to - from > BigInt(maxRangeMs) * MS)
    throw new ApiError("range_too_large", `The range is longer than ${maxRangeMs / 86_400_000} days.`, {
      field: "from",
    });
  return { from: from < 0n ? 0n : from, to };
}
