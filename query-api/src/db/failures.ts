import { ClickHouseError } from "@clickhouse/client";
import { ApiError } from "../errors.ts";

// https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
const tooLarge: ReadonlySet<string> = new Set(["158", "241", "307", "396"]);
const timedOut: ReadonlySet<string> = new Set(["159", "160", "209"]);
// Unknown table or database: not migrated yet. Authentication: the store is not the one that was configured.
// A shard that dies while it is asked is an early end of what the server reads (32).
// One that ends of an error of its own says 236 until it is gone.
const unavailable: ReadonlySet<string> = new Set([
  "32",
  "60",
  "81",
  "210",
  "236",
  "242",
  "279",
  "516",
  "745",
]);
const busy: ReadonlySet<string> = new Set(["201", "202"]);
const broken: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);
const brokenText = /socket hang up|aborted|ECONNRESET|Unexpected end|other side closed/i;
const unreached: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

function codes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as { code?: unknown };
  const nested = error instanceof AggregateError ? error.errors : [error.cause];
  return [...(typeof code === "string" ? [code] : []), ...nested.flatMap(codes)];
}

/** Whether what `toApiError` made is of a server that was reached and whose answer did not come. */
export function isBrokenConnection(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== "store_unavailable") return false;
  const { cause } = error;
  return !(cause instanceof ClickHouseError) && isBroken(cause);
}

function isBroken(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return codes(error).some((code) => broken.has(code)) || brokenText.test(message);
}

/** What a failed statement of ours means to the client. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ClickHouseError) {
    if (timedOut.has(error.code))
      return new ApiError("query_timeout", "The store stopped the query: it took too long.", {
        cause: error,
      });
    // Not this query alone: the limit of all that run.
    if (error.code === "241" && /^\(total\)|^User memory limit/.test(error.message))
      return new ApiError("rate_limited", "The queries that run now take all the memory they may.", {
        cause: error,
        retryAfterSeconds: 2,
      });
    if (tooLarge.has(error.code))
      return new ApiError("range_too_large", "The query reads too much: narrow the range or the selection.", {
        cause: error,
      });
    if (busy.has(error.code))
      return new ApiError("rate_limited", "The store runs too many queries.", {
        cause: error,
        retryAfterSeconds: 1,
      });
    if (unavailable.has(error.code))
      return new ApiError(
        "store_unavailable",
        `The store cannot answer (ClickHouse ${error.code} ${error.type ?? ""}).`,
        {
          cause: error,
          retryAfterSeconds: 2,
        },
      );
    return new ApiError(
      "internal",
      `The store refused a query (ClickHouse ${error.code} ${error.type ?? ""}).`,
      { cause: error },
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith("Timeout error"))
    return new ApiError("query_timeout", "The store did not answer in time.", { cause: error });
  if (isBroken(error) || codes(error).some((code) => unreached.has(code)) || /ECONN/.test(message))
    return new ApiError("store_unavailable", "The store does not answer.", {
      cause: error,
      retryAfterSeconds: 2,
    });
  return new ApiError("internal", "Unexpected failure.", { cause: error });
}
