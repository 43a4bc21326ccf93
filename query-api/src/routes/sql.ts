import type { Readable } from "node:stream";
import { ClickHouseError } from "@clickhouse/client";
import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import { api } from "../contract.ts";
import type { Caller } from "../db/store.ts";
import { toApiError } from "../db/failures.ts";
import { readSchema } from "../db/schema.ts";
import { ApiError } from "../errors.ts";
import { sendJson } from "../http/answer.ts";
import { callerOf } from "../params/caller.ts";
import { refusedVerb } from "../params/statement.ts";
import type { SqlBody, SqlResult } from "../types.ts";
import type { App, Context } from "./context.ts";

const DEFAULT_ROWS = 10_000;
const MAX_ROWS = 100_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 30_000;

// READONLY, DATABASE_ACCESS_DENIED, QUERY_IS_PROHIBITED, FUNCTION_NOT_ALLOWED, SETTING_CONSTRAINT_VIOLATION, ACCESS_DENIED,
// INTO_OUTFILE_NOT_ALLOWED
const refused: ReadonlySet<string> = new Set(["164", "291", "392", "446", "452", "497", "358"]);
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

function sqlFailure(error: unknown): ApiError {
  if (!(error instanceof ClickHouseError) || notSql.has(error.code)) return toApiError(error);
  const detail = `ClickHouse ${error.code} ${error.type ?? ""}: ${error.message}`.slice(0, 2000);
  return refused.has(error.code)
    ? new ApiError("forbidden", detail)
    : new ApiError("bad_parameter", detail, { field: "query" });
}

const files = {
  ndjson: ["JSONEachRow", "application/x-ndjson"],
  csv: ["CSVWithNames", "text/csv; charset=utf-8"],
  parquet: ["Parquet", "application/vnd.apache.parquet"],
} as const;

interface CompactAnswer {
  readonly meta: { name: string; type: string }[];
  readonly data: unknown[][];
  readonly statistics?: { elapsed: number; rows_read: number | string; bytes_read: number | string };
}

export function sqlRoutes(app: App, { store, settings }: Context): void {
  /** Runs the statement as the reader; the answer is complete on the server before its first byte, so errors are whole. */
  function statement(body: SqlBody, caller: Caller, format: string, rows: number): Promise<Readable> {
    const verb = refusedVerb(body.query);
    if (verb !== undefined)
      throw new ApiError("forbidden", `${verb} is refused: only statements that read are run.`, {
        field: "query",
      });
    const timeoutMs = Math.min(body.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
    return store.run(caller, timeoutMs, async (request) => {
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
            wait_end_of_query: 1,
          },
        });
        return stream;
      } catch (error) {
        throw request.abort_signal.aborted ? error : sqlFailure(error);
      }
    });
  }

  app.route({
    ...api.sql,
    // Strict: in a body "10" is not 10.
    validatorCompiler: TypeBoxValidatorCompiler,
    handler: async (request, reply) => {
      const { body } = request;
      const caller = callerOf(request, reply);
      const rows = Math.min(body.maxRows ?? DEFAULT_ROWS, MAX_ROWS);
      const format = body.format ?? "json";
      if (format !== "json") {
        const [name, type] = files[format];
        const stream = await statement(body, caller, name, rows);
        return reply.type(type).header("cache-control", "no-store").send(stream);
      }
      const stream = await statement(body, caller, "JSONCompact", rows + 1);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString("utf8");
      const answer = (text === "" ? { meta: [], data: [] } : JSON.parse(text)) as CompactAnswer;
      const truncated = answer.data.length > rows;
      const result: SqlResult = {
        columns: answer.meta.map(({ name, type }) => ({ name, type })),
        rows: truncated ? answer.data.slice(0, rows) : answer.data,
        rowCount: Math.min(answer.data.length, rows),
        truncated,
        elapsedMs: (answer.statistics?.elapsed ?? 0) * 1000,
        readRows: Number(answer.statistics?.rows_read ?? 0),
        readBytes: Number(answer.statistics?.bytes_read ?? 0),
      };
      return sendJson(request, reply, result);
    },
  });

  app.route({
    ...api.schema,
    handler: async (request, reply) =>
      sendJson(request, reply, await readSchema(store, callerOf(request, reply), settings.now())),
  });
}
