import { text } from "node:stream/consumers";
import { CliError, messageOf } from "../errors.ts";
import type { RunFile } from "@hotspan/store";
import { requireRunning } from "../instance/run-file.ts";

// Our names for ClickHouse's formats; any other name is passed on as it is.
const FORMATS: Readonly<Record<string, string>> = {
  table: "PrettyCompactNoEscapesMonoBlock",
  vertical: "Vertical",
  json: "JSON",
  ndjson: "JSONEachRow",
  csv: "CSVWithNames",
  tsv: "TSVWithNames",
  parquet: "Parquet",
};

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
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
  } catch (cause) {
    throw new CliError("HOTSPAN_CLI_QUERY_FAILED", "the query failed before its last row", { cause });
  }
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
