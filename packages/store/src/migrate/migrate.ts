import type { ClickHouseClient } from "@clickhouse/client";
import { hostname } from "node:os";
import { createStoreClient, type StoreClientOptions } from "../client.ts";
import { readShardNumber } from "../cluster/shard-number.ts";
import { StoreError } from "../errors.ts";
import { quoteIdentifier } from "../identifier.ts";
import { applySettings, type StoreSettings } from "../settings/settings.ts";
import { advice } from "./advice.ts";
import { command } from "./command.ts";
import { ownMigrations, type Migration } from "./load.ts";
import { splitStatements } from "./split.ts";

export interface MigrateOptions {
  readonly database: string;
  /** Default: those of this package. */
  readonly migrations?: readonly Migration[];
  readonly onProgress?: (step: {
    readonly version: number;
    readonly name: string;
    readonly of: number;
  }) => void;
}

interface Applied {
  readonly Version: number;
  readonly Name: string;
  readonly Checksum: string;
}

/**
 * Brings the database to the newest schema; does nothing when it is there. Forward only. The client's own database must
 * exist (see `prepareDatabase`).
 *
 * Safe from several processes at once although ClickHouse has no locks: every statement of a migration is idempotent
 * (IF NOT EXISTS and the like, which a test of the files enforces), so that two runs of one migration are as good as
 * one; and the row that marks it done carries a deduplication token, so the first writer's row is the only one.
 *
 * Throws StoreError: `…_MIGRATION_CHANGED` (an applied file was edited), `…_MIGRATION_UNKNOWN` (the database is newer
 * than this program), `…_MIGRATION_FAILED` (with the statement and ClickHouse's message).
 */
export async function migrate(
  client: ClickHouseClient,
  options: MigrateOptions,
): Promise<{ readonly version: number; readonly applied: readonly number[] }> {
  const db = quoteIdentifier(options.database);
  const migrations = options.migrations ?? ownMigrations();
  await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${db}` });
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS ${db}.schema_migrations (
      Version UInt32 COMMENT 'Number of the file in migrations/',
      Name String,
      Checksum String COMMENT 'SHA-256 of the file',
      AppliedAt DateTime64(3, 'UTC') DEFAULT now64(3),
      AppliedBy String COMMENT 'host:pid'
    ) ENGINE = MergeTree ORDER BY Version SETTINGS non_replicated_deduplication_window = 1000
    COMMENT 'Which migrations have run.'`,
  });
  const done = check(await appliedMigrations(client, db), migrations, options.database);
  const applied: number[] = [];
  for (const migration of migrations) {
    if (done.has(migration.version)) continue;
    options.onProgress?.({ version: migration.version, name: migration.name, of: migrations.length });
    await run(client, migration, db);
    await markDone(client, migration, db);
    applied.push(migration.version);
  }
  // Another process with other files may have run at the same time: see whose rows stand.
  if (applied.length > 0) check(await appliedMigrations(client, db), migrations, options.database);
  return { version: migrations.length, applied };
}

/**
 * Creates the database if absent, migrates it, and makes it as these settings say. For servers whose database does not exist yet.
 * Throws as `migrate`, and `…_CLUSTER_UNSUPPORTED` for a shard of a cluster: its tables are not made by these statements.
 */
export async function prepareDatabase(
  options: StoreClientOptions,
  settings?: StoreSettings,
  onProgress?: MigrateOptions["onProgress"],
): Promise<{
  readonly version: number;
  readonly applied: readonly number[];
  readonly changed: readonly string[];
}> {
  // A client bound to a database that is not there cannot even create it (ClickHouse's error 81).
  const client = createStoreClient({ ...options, database: "default", role: "writer" });
  try {
    const shard = await readShardNumber(client, options.database);
    if (shard !== undefined) {
      throw new StoreError(
        "HOTSPAN_STORE_CLUSTER_UNSUPPORTED",
        `${options.url} is shard ${shard} of a cluster: run hotspan migrate --shards with the addresses of all of them.`,
      );
    }
    const { database } = options;
    const done = await migrate(client, { database, ...(onProgress === undefined ? {} : { onProgress }) });
    const changed = settings === undefined ? [] : await applySettings(client, database, settings);
    return { ...done, changed };
  } finally {
    await client.close();
  }
}

async function appliedMigrations(client: ClickHouseClient, db: string): Promise<readonly Applied[]> {
  const result = await client.query({
    query: `SELECT Version, Name, Checksum FROM ${db}.schema_migrations ORDER BY Version`,
    format: "JSONEachRow",
  });
  return result.json<Applied>();
}

function check(
  rows: readonly Applied[],
  migrations: readonly Migration[],
  database: string,
): ReadonlySet<number> {
  for (const row of rows) {
    const known = migrations[row.Version - 1];
    if (known === undefined) {
      throw new StoreError(
        "HOTSPAN_STORE_MIGRATION_UNKNOWN",
        `Database ${database} has migration ${row.Version} (${row.Name}), this program knows ${migrations.length}: ` +
          "it was set up by a newer version of Hotspan. Upgrade this one.",
      );
    }
    if (known.checksum !== row.Checksum) {
      throw new StoreError(
        "HOTSPAN_STORE_MIGRATION_CHANGED",
        `Migration ${row.Version} (${row.Name}) was applied to database ${database} with other contents ` +
          `(${row.Checksum.slice(0, 12)}, here ${known.checksum.slice(0, 12)}). Migrations are never edited: add a new one.`,
      );
    }
  }
  return new Set(rows.map((row) => row.Version));
}

async function run(client: ClickHouseClient, migration: Migration, db: string): Promise<void> {
  for (const statement of splitStatements(migration.script)) {
    try {
      await command(client, statement.replaceAll("{db}", db));
    } catch (cause) {
      throw new StoreError(
        "HOTSPAN_STORE_MIGRATION_FAILED",
        [
          `Migration ${migration.version} (${migration.name}): ${cause instanceof Error ? cause.message : String(cause)}`,
          firstLine(statement),
          await adviceOn(client, cause),
        ]
          .filter(Boolean)
          .join("\n"),
        { cause },
      );
    }
  }
}

async function adviceOn(client: ClickHouseClient, cause: unknown): Promise<string> {
  try {
    const result = await client.query({ query: "SELECT version() AS version", format: "JSONEachRow" });
    const [row] = await result.json<{ version: string }>();
    const { code, message } = cause as { readonly code?: string; readonly message?: string };
    return advice(row?.version ?? "", code, message ?? "");
  } catch {
    // The first failure is what counts.
    return "";
  }
}

async function markDone(client: ClickHouseClient, migration: Migration, db: string): Promise<void> {
  await client.insert({
    table: `${db}.schema_migrations`,
    columns: ["Version", "Name", "Checksum", "AppliedBy"],
    values: [[migration.version, migration.name, migration.checksum, `${hostname()}:${process.pid}`]],
    format: "JSONCompactEachRow",
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: `migration-${migration.version}` },
  });
}

function firstLine(statement: string): string {
  const line = statement.split("\n").find((text) => !text.startsWith("--")) ?? "";
  return line.slice(0, 200);
}
