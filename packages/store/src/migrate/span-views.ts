import type { ClickHouseClient } from "@clickhouse/client";
import { quoteIdentifier } from "../identifier.ts";
import { quoteTableName, type TableName } from "../table-name.ts";
import { command } from "./command.ts";
import type { Migration } from "./load.ts";
import { splitStatements } from "./split.ts";

/** Latest definitions of the views that read spans, by name. */
function spanViews(migrations: readonly Migration[]): ReadonlyMap<string, string> {
  const views = new Map<string, string>();
  for (const statement of migrations.flatMap(({ script }) => splitStatements(script))) {
    const name = /^CREATE OR REPLACE VIEW \{db\}\.(\w+)/m.exec(statement)?.[1];
    if (name !== undefined && statement.includes("{db}.otel_traces")) views.set(name, statement);
  }
  return views;
}

/**
 * Has the views that read spans read them from this table, undefined: from our own. Those that do already stay as they are.
 * @returns the views that were changed
 */
export async function pointViews(
  client: ClickHouseClient,
  database: string,
  migrations: readonly Migration[],
  tracesTable: TableName | undefined,
): Promise<readonly string[]> {
  const from = tracesTable ?? { database, table: "otel_traces" };
  const changed: string[] = [];
  const standing = await rows<{ name: string; text: string }>(
    client,
    `SELECT name, replaceAll(create_table_query, '\`', '') AS text FROM system.tables
      WHERE database = {database:String} AND engine = 'View'`,
    { database },
  );
  const texts = new Map(standing.map(({ name, text }) => [name, text]));
  for (const [name, statement] of spanViews(migrations)) {
    if (texts.get(name)?.includes(` ${from.database}.${from.table} `)) continue;
    const endpoint = tracesTable === undefined ? undefined : await endpointExpression(client, database);
    const query = statement
      .replaceAll("{db}.otel_traces", quoteTableName(from))
      .replaceAll("{db}", quoteIdentifier(database))
      .replaceAll("HotspanEndpoint", endpoint ?? "HotspanEndpoint");
    await command(client, query);
    changed.push(name);
  }
  return changed;
}

/** What our own table computes the column from: another's has none such. */
async function endpointExpression(client: ClickHouseClient, database: string): Promise<string | undefined> {
  const [row] = await rows<{ expression: string }>(
    client,
    `SELECT default_expression AS expression FROM system.columns
      WHERE database = {database:String} AND table = 'otel_traces' AND name = 'HotspanEndpoint'`,
    { database },
  );
  return row?.expression;
}

async function rows<Row>(
  client: ClickHouseClient,
  query: string,
  params: Record<string, unknown>,
): Promise<readonly Row[]> {
  const result = await client.query({ query, query_params: params, format: "JSONEachRow" });
  return result.json<Row>();
}
