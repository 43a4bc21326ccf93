import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import { api } from "../contract.ts";
import { readWithProgress } from "../db/progress.ts";
import { readSchema } from "../db/schema.ts";
import { checkStatement, runStatement } from "../db/statement.ts";
import type { Caller, Store } from "../db/store.ts";
import { ApiError } from "../errors.ts";
import { sendJson } from "../http/answer.ts";
import { problemOf } from "../http/problem.ts";
import { callerOf } from "../params/caller.ts";
import type { SqlBody, SqlResult } from "../types.ts";
import type { App, Context } from "./context.ts";

const DEFAULT_ROWS = 10_000;
const MAX_ROWS = 100_000;

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

export function sqlRoutes(app: App, { store, sqlStore, settings }: Context): void {
  app.route({
    ...api.sql,
    // Strict: in a body "10" is not 10.
    validatorCompiler: TypeBoxValidatorCompiler,
    handler: async (request, reply) => {
      const { body } = request;
      if (sqlStore === undefined)
        throw new ApiError(
          "forbidden",
          "Attributes are redacted here (HOTSPAN_REDACT), and a statement would read them: HOTSPAN_CLICKHOUSE_SQL_USER must name an account that may not.",
        );
      checkStatement(body);
      const caller = callerOf(request, reply);
      const rows = Math.min(body.maxRows ?? DEFAULT_ROWS, MAX_ROWS);
      const format = body.format ?? "json";
      if (format !== "json") {
        const [name, type] = files[format];
        const whole = async (answer: Readable): Promise<Readable> => answer;
        const stream = await runStatement(sqlStore, caller, body, { format: name, rows }, whole);
        return reply.type(type).header("cache-control", "no-store").send(stream);
      }
      if (/\btext\/event-stream\b/.test(request.headers.accept ?? "")) {
        const events = await withProgress(sqlStore, caller, body, rows, (error) => problemOf(request, error));
        return reply
          .type("text/event-stream")
          .header("cache-control", "no-store")
          .header("x-accel-buffering", "no")
          .send(events);
      }
      return sendJson(request, reply, await atOnce(sqlStore, caller, body, rows));
    },
  });

  app.route({
    ...api.schema,
    handler: async (request, reply) =>
      sendJson(request, reply, await readSchema(store, callerOf(request, reply), settings.now())),
  });
}

async function atOnce(store: Store, caller: Caller, body: SqlBody, rows: number): Promise<SqlResult> {
  // One more tells whether there are more.
  const wanted = { format: "JSONCompact", rows: rows + 1 };
  const answer = await runStatement(store, caller, body, wanted, async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    return (text === "" ? { meta: [], data: [] } : JSON.parse(text)) as CompactAnswer;
  });
  const truncated = answer.data.length > rows;
  return {
    columns: answer.meta.map(({ name, type }) => ({ name, type })),
    rows: truncated ? answer.data.slice(0, rows) : answer.data,
    rowCount: Math.min(answer.data.length, rows),
    truncated,
    elapsedMs: (answer.statistics?.elapsed ?? 0) * 1000,
    readRows: Number(answer.statistics?.rows_read ?? 0),
    readBytes: Number(answer.statistics?.bytes_read ?? 0),
  };
}

/**
 * Server-sent events: `progress` about ten times a second, then `result` or `problem`. Resolves with the first of them; what fails
 * before is thrown, as without progress.
 */
async function withProgress(
  store: Store,
  caller: Caller,
  body: SqlBody,
  rows: number,
  problem: (error: ApiError) => unknown,
): Promise<Readable> {
  const events = new PassThrough();
  // Written to after the client has gone: the query is on its way to be cancelled.
  events.on("error", () => undefined);
  let begun = false;
  const send = (event: string, data: unknown): void => {
    begun = true;
    events.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const wanted = { format: "JSONCompactEachRowWithProgress", rows: rows + 1, asItComes: true };
  const run = runStatement(store, caller, body, wanted, (answer) =>
    readWithProgress(answer, rows, (progress) => send("progress", progress)),
  ).then(
    (result) => send("result", result),
    (error: unknown) => {
      if (!begun) throw error;
      const known = error instanceof ApiError ? error : new ApiError("internal", "Unexpected failure.");
      send("problem", problem(known));
    },
  );
  const whole = run.then(() => events.end());
  await Promise.race([once(events, "readable"), whole]);
  whole.catch(() => undefined);
  return events;
}
