import type { ClickHouseClient } from "@clickhouse/client";
import { StoreError } from "../errors.ts";
import { type Migration, ownMigrations } from "../migrate/load.ts";
import { pointViews } from "../migrate/span-views.ts";
import { foreignTracesTable, type TableName } from "../table-name.ts";
import { applyRetention, type Retention, retentionFromEnv } from "./retention.ts";

/** What of a migrated database its operator decides. */
export interface StoreSettings {
  readonly retention: Retention;
  /** Where spans are read from; undefined: our own table. */
  readonly tracesTable: TableName | undefined;
}

/** `HOTSPAN_RETENTION_…_DAYS` and `HOTSPAN_TRACES_TABLE`. Throws HOTSPAN_STORE_BAD_SETTING. */
export function settingsFromEnv(env: NodeJS.ProcessEnv, database: string): StoreSettings {
  try {
    return {
      retention: retentionFromEnv(env),
      tracesTable: foreignTracesTable(env["HOTSPAN_TRACES_TABLE"], database),
    };
  } catch (cause) {
    if (!(cause instanceof StoreError) || cause.code !== "HOTSPAN_STORE_BAD_IDENTIFIER") throw cause;
    throw new StoreError("HOTSPAN_STORE_BAD_SETTING", `HOTSPAN_TRACES_TABLE: ${cause.message}`, { cause });
  }
}

/**
 * Makes a migrated database as these settings say; does nothing where it is. Safe from several processes at once.
 * Returns what was changed, in words. Throws HOTSPAN_STORE_BAD_SETTING.
 * @param rows the database of the tables with the rows, on a shard of a cluster another than that of the views
 * @param migrations where the views are defined
 */
export async function applySettings(
  client: ClickHouseClient,
  database: string,
  { retention, tracesTable }: StoreSettings,
  rows: string = database,
  migrations: readonly Migration[] = ownMigrations(),
): Promise<readonly string[]> {
  const kept = await applyRetention(client, rows, retention, tracesTable === undefined);
  const views = await pointViews(client, database, migrations, tracesTable);
  const from = tracesTable === undefined ? "otel_traces" : `${tracesTable.database}.${tracesTable.table}`;
  return [
    ...kept.map(({ table, days }) => `${table} keeps its rows for ${days} days`),
    ...views.map((view) => `${view} reads spans from ${from}`),
  ];
}
