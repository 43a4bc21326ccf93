import type { ClickHouseClient } from "@clickhouse/client";
import { createStoreClient, type StoreClientOptions } from "../client.ts";
import { StoreError } from "../errors.ts";
import { quoteIdentifier } from "../identifier.ts";
import { ownMigrations } from "../migrate/load.ts";
import { migrate, type MigrateOptions } from "../migrate/migrate.ts";
import { applySettings, type StoreSettings } from "../settings/settings.ts";
import { shardDatabase } from "./names.ts";
import { readShardNumber } from "./shard-number.ts";
import { clusterMigrations, type ClusterSchema } from "./transform.ts";

export interface MigrateClusterOptions extends ClusterSchema {
  /** One server of each shard, by HTTP, in the order of the cluster's definition. */
  readonly shards: readonly Pick<StoreClientOptions, "url" | "user" | "password">[];
  readonly settings?: StoreSettings;
  readonly onProgress?: (
    shard: number,
    step: Parameters<NonNullable<MigrateOptions["onProgress"]>>[0],
  ) => void;
}

/**
 * Brings every shard to the newest schema and makes it as the settings say, one after the other; does nothing where it is there.
 * Each server runs the statements by itself: there is no ON CLUSTER and no Keeper in it. Returns how many migrations were applied, on
 * all shards together, and what settings have changed, in words.
 *
 * Throws StoreError: those of `migrate`, `…_CLUSTER_UNKNOWN` (a server does not know the cluster, or knows another number of
 * shards), `…_SHARD_MISPLACED` (a server is or was another shard), `…_CLUSTER_UNSUPPORTED` (a single server's database).
 */
export async function migrateCluster(
  options: MigrateClusterOptions,
): Promise<{ readonly applied: number; readonly changed: readonly string[] }> {
  const { database, settings } = options;
  const migrations = clusterMigrations(ownMigrations(), options);
  let applied = 0;
  const changed: string[] = [];
  // All of them are looked at before the first one is changed.
  await eachShard(options, (client, shard) => checkServer(client, shard, options));
  await eachShard(options, async (client, shard) => {
    await numberShard(client, shard, options);
    const done = await migrate(client, {
      database,
      migrations,
      onProgress: (step) => options.onProgress?.(shard, step),
    });
    applied += done.applied.length;
    if (settings === undefined) return;
    const changes = await applySettings(client, database, settings, shardDatabase(database), migrations);
    changed.push(...changes.map((change) => `shard ${shard}: ${change}`));
  });
  return { applied, changed };
}

async function eachShard(
  { shards }: MigrateClusterOptions,
  action: (client: ClickHouseClient, shard: number) => Promise<void>,
): Promise<void> {
  for (const [index, address] of shards.entries()) {
    const client = createStoreClient({ ...address, database: "default" });
    try {
      await action(client, index + 1);
    } finally {
      await client.close();
    }
  }
}

async function checkServer(
  client: ClickHouseClient,
  shard: number,
  { cluster, database, shards }: MigrateClusterOptions,
): Promise<void> {
  const url = shards[shard - 1]?.url ?? "";
  const [known] = await select<{ shards: string; own: number[] }>(
    client,
    `SELECT toString(uniqExact(shard_num)) AS shards, groupUniqArrayIf(shard_num, is_local = 1) AS own
      FROM system.clusters WHERE cluster = {cluster:String}`,
    { cluster },
  );
  if (Number(known?.shards) !== shards.length) {
    throw new StoreError(
      "HOTSPAN_STORE_CLUSTER_UNKNOWN",
      `${url} knows ${known?.shards ?? 0} shards of the cluster ${cluster}, ${shards.length} addresses were given: ` +
        "remote_servers must name the same shards on every server, in the order of the addresses (docs/cluster.md).",
    );
  }
  // Empty where a server does not recognise itself, behind a name that leads elsewhere.
  const own = known?.own ?? [];
  if (own.length > 0 && !own.includes(shard)) {
    throw new StoreError(
      "HOTSPAN_STORE_SHARD_MISPLACED",
      `${url} was given as shard ${shard}, in its own remote_servers it is shard ${own.join(", ")} of ${cluster}: ` +
        "give the addresses in that order.",
    );
  }
  const number = await readShardNumber(client, database);
  if (number !== undefined && number !== shard) {
    throw new StoreError(
      "HOTSPAN_STORE_SHARD_MISPLACED",
      `${url} was given as shard ${shard}, but its database ${shardDatabase(database)} was set up as shard ${number}: ` +
        "shards keep their numbers for ever, new ones come last.",
    );
  }
  if (number === undefined && (await exists(client, database))) {
    throw new StoreError(
      "HOTSPAN_STORE_CLUSTER_UNSUPPORTED",
      `The database ${database} on ${url} is one of a single server. Give the cluster another name of a database; ` +
        "docs/cluster.md says how to take the rows along.",
    );
  }
}

/** Writes down which shard a server is. The first number stays. */
async function numberShard(
  client: ClickHouseClient,
  shard: number,
  { database }: MigrateClusterOptions,
): Promise<void> {
  const local = quoteIdentifier(shardDatabase(database));
  await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${local}` });
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS ${local}.shard_number (
      Number UInt16 COMMENT 'From 1',
      NumberedAt DateTime64(3, 'UTC') DEFAULT now64(3)
    ) ENGINE = MergeTree ORDER BY Number SETTINGS non_replicated_deduplication_window = 100
    COMMENT 'Which shard of the cluster this server is.'`,
  });
  await client.insert({
    table: `${local}.shard_number`,
    columns: ["Number"],
    values: [[shard]],
    format: "JSONCompactEachRow",
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: "shard" },
  });
}

async function exists(client: ClickHouseClient, database: string): Promise<boolean> {
  const rows = await select(
    client,
    "SELECT 1 FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { database },
  );
  return rows.length > 0;
}

async function select<T>(
  client: ClickHouseClient,
  query: string,
  params: Record<string, string>,
): Promise<readonly T[]> {
  const result = await client.query({ query, query_params: params, format: "JSONEachRow" });
  return result.json<T>();
}
