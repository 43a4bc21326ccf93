import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseError } from "@clickhouse/client";
import type { SqlProgress, SqlResult } from "../types.ts";

/** A line of JSONCompactEachRowWithProgress. */
interface Line {
  readonly progress?: {
    readonly read_rows?: string;
    readonly read_bytes?: string;
    readonly total_rows_to_read?: string;
    readonly elapsed_ns?: string;
  };
  readonly meta?: { readonly name: string; readonly type: string }[];
  readonly row?: unknown[];
  readonly exception?: string;
}

/** Throws SyntaxError for what is no JSON, but not for a line that a broken connection cut. */
function parse(text: string, answer: Readable): Line {
  try {
    return JSON.parse(text) as Line;
  } catch (error) {
    throw answer.errored ?? error;
  }
}

/** Reads an answer in JSONCompactEachRowWithProgress to its end. Throws ClickHouseError when that tells of one. */
export async function readWithProgress(
  answer: Readable,
  rows: number,
  tell: (progress: SqlProgress) => void,
): Promise<SqlResult> {
  let columns: SqlResult["columns"] = [];
  const found: unknown[][] = [];
  let last: SqlProgress = { elapsedMs: 0, readRows: 0, readBytes: 0, totalRows: 0 };
  for await (const text of createInterface({ input: answer, crlfDelay: Infinity })) {
    if (text === "") continue;
    const line = parse(text, answer);
    if (line.exception !== undefined) throw parseError(line.exception);
    if (line.meta !== undefined) columns = line.meta.map(({ name, type }) => ({ name, type }));
    if (line.row !== undefined) found.push(line.row);
    if (line.progress !== undefined) {
      const { read_rows, read_bytes, total_rows_to_read, elapsed_ns } = line.progress;
      last = {
        elapsedMs: Number(elapsed_ns ?? 0) / 1e6,
        readRows: Number(read_rows ?? 0),
        readBytes: Number(read_bytes ?? 0),
        totalRows: Number(total_rows_to_read ?? 0),
      };
      tell(last);
    }
  }
  // A reader of lines takes a broken connection for an end.
  if (answer.errored) throw answer.errored;
  const truncated = found.length > rows;
  return {
    columns,
    rows: truncated ? found.slice(0, rows) : found,
    rowCount: Math.min(found.length, rows),
    truncated,
    elapsedMs: last.elapsedMs,
    readRows: last.readRows,
    readBytes: last.readBytes,
  };
}
