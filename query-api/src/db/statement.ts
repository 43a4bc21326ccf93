import type { Readable } from "node:stream";
import { ClickHouseError } from "@clickhouse/client";
import { ApiError } from "../errors.ts";
import { createsFile, refusedVerb } from "../params/statement.ts";
import type { SqlBody } from "../types.ts";
import { toApiError } from "./failures.ts";
import type { Caller, QueryRequest, Store } from "./store.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 30_000;
/** An answer that is put together here; files are passed on as they come. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

// READONLY, DATABASE_ACCESS_DENIED, QUERY_IS_PROHIBITED, FUNCTION_NOT_ALLOWED, SETTING_CONSTRAINT_VIOLATION, ACCESS_DENIED,
// INTO_OUTFILE_NOT_ALLOWED, PATH_ACCESS_DENIED, ACCESS_STORAGE_READONLY
const refused: ReadonlySet<string> = new Set(["164", "291", "392", "446", "452", "497", "358", "481", "495"]);
// What a statement cannot be blamed for: outages, limits, timeouts.
const notSql: ReadonlySet<string> = new Set([
  "158",
  "159",
  "160",
  "201",
  "202",
  "209",
  "210",
  "241",
  "242",
  "279",
  "307",
  "396",
  "516",
]);

/** What a failed statement of somebody else means to who sent it. */
export function statementFailure(error: unknown): ApiError {
  // `EXPLAIN AST INSERT …` takes the format behind it for its data, and answers in another.
  if (error instanceof SyntaxError)
    return new ApiError("bad_parameter", "The statement has no rows to answer with.", {
      field: "query",
      cause: error,
    });
  if (!(error instanceof ClickHouseError)) return toApiError(error);
  if (error.code === "396")
    return new ApiError("range_too_large", `The result is too large: ${error.message}`.slice(0, 2000), {
      cause: error,
    });
  if (notSql.has(error.code)) return toApiError(error);
  const detail = `ClickHouse ${error.code} ${error.type ?? ""}: ${error.message}`.slice(0, 2000);
  return refused.has(error.code)
    ? new ApiError("forbidden", detail)
    : new ApiError("bad_parameter", detail, { field: "query" });
}

export interface Wanted {
  readonly format: string;
  /** Rows at most; ClickHouse cuts after them. */
  readonly rows: number;
  /** Sent as it is found, with progress before it. Else the answer is complete before its first byte, so that errors are whole. */
  readonly asItComes?: boolean;
}

/** No type of ClickHouse that can be written down is as deep; the client reads values by recursion. */
const MAX_DEPTH = 64;

function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
  return false;
}

/** Throws `forbidden` for what no account lets through anyway, without asking, and `bad_parameter`. */
export function checkStatement({ query, params }: SqlBody): void {
  if (isDeep(params))
    throw new ApiError("bad_parameter", `params: nested deeper than ${MAX_DEPTH}`, { field: "params" });
  const verb = refusedVerb(query);
  if (verb !== undefined)
    throw new ApiError("forbidden", `${verb} is refused: only statements that read are run.`, {
      field: "query",
    });
  if (createsFile(query))
    throw new ApiError("forbidden", "sqlite() is refused: it creates the file it is given.", {
      field: "query",
    });
}

/** Runs a statement, and hands its answer to `read` while the query may still be cancelled. Throws as `statementFailure` says. */
export function runStatement<T>(
  store: Store,
  caller: Caller,
  body: SqlBody,
  { format, rows, asItComes = false }: Wanted,
  read: (answer: Readable) => Promise<T>,
): Promise<T> {
  const timeoutMs = Math.min(body.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
  return store.run(caller, timeoutMs, async (request: QueryRequest) => {
    try {
      const { stream } = await store.client.exec({
        query: `${body.query.replace(/[;\s]+$/, "")}\nFORMAT ${format}`,
        query_params: body.params ?? {},
        ...request,
        clickhouse_settings: {
          limit: String(rows),
          max_execution_time: Math.ceil(timeoutMs / 1000),
          output_format_json_quote_64bit_integers: 1,
          output_format_json_quote_denormals: 1,
          ...(format.startsWith("JSONCompact") ? { max_result_bytes: String(MAX_JSON_BYTES) } : {}),
          ...(asItComes ? { http_write_exception_in_output_format: 1 } : { wait_end_of_query: 1 }),
        },
      });
      return await read(stream);
    } catch (error) {
      throw request.abort_signal.aborted ? error : statementFailure(error);
    }
  });
}
