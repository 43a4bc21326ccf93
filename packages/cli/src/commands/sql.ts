import type { RunFile } from "@hotspan/store";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { ReadableStream } from "node:stream/web";
import { CliError, messageOf } from "../errors.ts";
import { requireRunning } from "../instance/run-file.ts";
import { type Column, columns, renderRows, renderTable } from "../text/table.ts";

// Our names for ClickHouse's formats; any other name is passed on as it is. `table` is drawn here.
const FORMATS: Readonly<Record<string, string>> = {
  table: "JSONCompactStringsEachRowWithNamesAndTypes",
  vertical: "Vertical",
  json: "JSON",
  ndjson: "JSONEachRow",
  csv: "CSVWithNames",
  tsv: "TSVWithNames",
  parquet: "Parquet",
};
const ROWS_AT_ONCE = 1000;

export const formatName = (name: string): string => FORMATS[name.toLowerCase()] ?? name;
export const knownFormats = (): string => Object.keys(FORMATS).join(", ");

/** Runs one statement as the read-only user and writes its rows to stdout. `-` or nothing: the statement comes from stdin. */
export async function sql(data: string, statement: string | undefined, format: string): Promise<void> {
  const run = requireRunning(data);
  const query = statement === undefined || statement === "-" ? await text(process.stdin) : statement;
  if (query.trim() === "") throw new CliError("HOTSPAN_CLI_USAGE", "the statement is empty");
  const response = await ask(run.clickhouse, query, formatName(format));
  if (!response.ok) {
    throw new CliError("HOTSPAN_CLI_QUERY_FAILED", shortError(await response.text()));
  }
  if (response.body === null) return;
  const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  // The answer names the format it has: a FORMAT in the statement wins over ours.
  const drawn = response.headers.get("x-clickhouse-format") === FORMATS["table"];
  try {
    if (drawn) await printTable(body);
    else for await (const chunk of body) await print(chunk as Uint8Array);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EPIPE") return;
    throw new CliError(
      "HOTSPAN_CLI_QUERY_FAILED",
      `the query failed before its last row: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

async function print(chunk: Uint8Array | string): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
}

async function printTable(body: Readable): Promise<void> {
  let names: string[] | undefined;
  let heads: Column[] | undefined;
  let rows: string[][] = [];
  let drawn = false;
  const draw = async (): Promise<void> => {
    if (heads === undefined) return;
    await print(drawn ? renderRows(heads, rows) : renderTable(heads, rows));
    drawn = true;
    rows = [];
  };
  for await (const line of createInterface({ input: body })) {
    if (line === "") continue;
    const row = JSON.parse(line) as string[];
    if (names === undefined) names = row;
    else if (heads === undefined) heads = columns(names, row);
    else rows.push(row);
    if (rows.length === ROWS_AT_ONCE) await draw();
  }
  if (!drawn || rows.length > 0) await draw();
}

/** One request as the read-only user. The header names a default: a FORMAT in the statement wins. */
export async function ask(
  { httpUrl, database, readerUser, readerPassword }: RunFile["clickhouse"],
  query: string,
  format: string,
): Promise<Response> {
  try {
    return await fetch(`${httpUrl}/`, {
      method: "POST",
      body: query,
      headers: {
        "X-ClickHouse-User": readerUser,
        "X-ClickHouse-Key": readerPassword,
        "X-ClickHouse-Database": database,
        "X-ClickHouse-Format": format,
      },
    });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new CliError(
      "HOTSPAN_CLI_STORE_UNREACHABLE",
      `ClickHouse at ${httpUrl} does not answer: ${messageOf(cause)}. \`npx hotspan doctor\` tells more`,
      { cause: error },
    );
  }
}

/** `Code: 60. DB::Exception: Unknown table … (UNKNOWN_TABLE) (version 26.7 …)` without the version and the stack. */
export function shortError(answer: string): string {
  return (answer.split("\n")[0] ?? "").replace(/ \(version [^)]*(\([^)]*\))?\)?\s*$/, "").trim();
}
