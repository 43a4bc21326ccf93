import type { ClickHouseClient } from "@clickhouse/client";
import { createStoreClient, readShardNumber, shardDatabase } from "@hotspan/store";
import type { CorrelatorConfig } from "./config.ts";
import { ClickHouseDelivery } from "./delivery/clickhouse.ts";
import { CorrelatorError } from "./errors.ts";

/** One component of the process's health. */
export interface StoreServer {
  readonly name: string;
  /** Sees the tables with the rows. */
  readonly client: ClickHouseClient;
  /** Where it is written which migrations have run. */
  readonly database: string;
}

export interface OpenStore {
  readonly delivery: ClickHouseDelivery;
  /** In the order of the shards. */
  readonly servers: readonly [StoreServer, ...StoreServer[]];
  close(): Promise<void>;
}

/** A server, or the cluster's. Of a cluster each shard's own tables are written to: docs/adr/0012-cluster.md. Asks nothing yet. */
export function openStore({ shards, ...config }: CorrelatorConfig["clickhouse"]): OpenStore {
  const open = (url: string, database: string): ClickHouseClient =>
    createStoreClient({
      ...config,
      url,
      database,
      role: "writer",
      application: "hotspan-correlator",
      maxConnections: 16,
    });
  const [first = config.url, ...others] = shards ?? [];
  const database = shards === undefined ? config.database : shardDatabase(config.database);
  const clients: [ClickHouseClient, ...ClickHouseClient[]] = [
    open(first, database),
    ...others.map((url) => open(url, database)),
  ];
  const check = (): Promise<void> => checkShards(clients, config.database, shards ?? []);
  const server = (client: ClickHouseClient, i: number): StoreServer => ({
    name: shards === undefined ? "clickhouse" : `clickhouse shard ${i + 1}`,
    client,
    database: config.database,
  });
  const [, ...rest] = clients;
  return {
    delivery: shards === undefined ? new ClickHouseDelivery(clients) : new ClickHouseDelivery(clients, check),
    servers: [server(clients[0], 0), ...rest.map((client, i) => server(client, i + 1))],
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

/** Rows that went to another shard than their cut says would be stored again. */
async function checkShards(
  clients: readonly ClickHouseClient[],
  database: string,
  urls: readonly string[],
): Promise<void> {
  const numbers = await Promise.all(clients.map((client) => readShardNumber(client, database)));
  numbers.forEach((number, i) => {
    if (number === i + 1) return;
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_SHARD_MISPLACED",
      number === undefined
        ? `${urls[i]} is no shard of ${database} yet: run hotspan migrate --shards`
        : `${urls[i]} is shard ${number}, and HOTSPAN_CLICKHOUSE_SHARDS names it in place ${i + 1}: list the shards by their numbers`,
    );
  });
}
