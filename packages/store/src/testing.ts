// For integration tests of this and other packages: a real server, migrated, on a folder of its own; or several, as a cluster.
import type { ClickHouseClient } from "@clickhouse/client";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStoreClient } from "./client.ts";
import { migrateCluster } from "./cluster/migrate.ts";
import { shardDatabase } from "./cluster/names.ts";
import { freePorts } from "./embedded/ports.ts";
import { startEmbedded, type EmbeddedOptions, type EmbeddedStore } from "./embedded/start.ts";
import { StoreError } from "./errors.ts";
export { COSTLY_STATEMENTS, HOSTILE_STATEMENTS } from "./hostile-statements.ts";
import { migrate } from "./migrate/migrate.ts";
import { copyMigrated } from "./testing-template.ts";

export interface TestStore extends AsyncDisposable {
  /** Of a cluster the first shard. */
  readonly store: EmbeddedStore;
  /** Every shard; of a single server that one. */
  readonly shards: readonly EmbeddedStore[];
  /** Of `store`. */
  readonly dataDir: string;
  /** As `hotspan_writer`. */
  readonly writer: ClickHouseClient;
  /** As `hotspan_reader`. */
  readonly reader: ClickHouseClient;
  /** All rows of a query of the writer, as objects; 64-bit integers are strings. */
  rows<Row = Record<string, unknown>>(
    query: string,
    params?: Record<string, unknown>,
  ): Promise<readonly Row[]>;
  /** A statement about the tables with the rows, on every shard: of a cluster others stand before them. */
  alter(statement: string): Promise<void>;
  /** Stops the server and deletes the folder, unless it was given. */
  close(): Promise<void>;
}

/** HOTSPAN_TEST_SHARDS: how many servers `testStore` starts when it is not told. */
export const testShards: number = Number(process.env["HOTSPAN_TEST_SHARDS"] ?? 1);

/**
 * Starts a store in a temporary folder, or in a new one of `dataDir`: one per test file, closed in its `afterAll`. About a second.
 * With more than one shard they form the cluster `test`.
 */
export async function testStore(
  options: Partial<EmbeddedOptions> = {},
  shards: number = testShards,
): Promise<TestStore> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "hotspan-store-"));
  const GiB = 1024 ** 3;
  const started = { maxMemoryBytes: GiB, ...options, dataDir };
  if (shards === 1) await copyMigrated(dataDir, options.database ?? "hotspan");
  const stores = shards === 1 ? [await startEmbedded(started)] : await startShards(started, shards);
  const store = stores[0] as EmbeddedStore;
  const connection = { url: store.httpUrl, database: store.database };
  const writer = createStoreClient({ ...connection, ...store.writer });
  const reader = createStoreClient({ ...connection, ...store.reader, role: "reader" });
  const close = async (): Promise<void> => {
    await Promise.all([writer.close(), reader.close()]);
    await Promise.all(stores.map((one) => one.close()));
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    if (shards === 1) await migrate(writer, { database: store.database });
    else
      await migrateCluster({
        database: store.database,
        cluster: clusterName,
        shards: stores.map(({ httpUrl, writer: account }) => ({ url: httpUrl, ...account })),
      });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    store,
    shards: stores,
    dataDir: shards === 1 ? dataDir : shardFolder(dataDir, 1),
    writer,
    reader,
    async rows<Row>(query: string, params?: Record<string, unknown>): Promise<readonly Row[]> {
      const result = await writer.query({
        query,
        format: "JSONEachRow",
        ...(params === undefined ? {} : { query_params: params }),
        clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
      });
      return result.json<Row>();
    },
    async alter(statement) {
      const database = shards === 1 ? store.database : shardDatabase(store.database);
      for (const { httpUrl, writer: account } of stores) {
        const client = createStoreClient({ url: httpUrl, ...account, database });
        try {
          await client.command({ query: statement });
        } finally {
          await client.close();
        }
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const shardFolder = (dataDir: string, shard: number): string => join(dataDir, `shard-${shard}`);

const clusterName = "test";
const attempts = 5;

/**
 * Servers that know each other, with the same accounts, in folders of `dataDir`; not migrated.
 *
 * The engine aborts when its peer resets their connection right after a query has failed on both: a NetException that nobody
 * catches in a server out of clickhouse-local. It is started again, but tests should not have queries fail on all shards at once.
 */
export async function startShards(
  options: EmbeddedOptions,
  count: number,
): Promise<readonly EmbeddedStore[]> {
  for (let attempt = 1; ; attempt++) {
    // Each must know the others' ports before any of them starts.
    const ports = await Promise.all(Array.from({ length: count }, freePorts));
    const cluster = {
      name: clusterName,
      password: "between shards",
      shards: ports.map(({ tcp }) => ({ host: "127.0.0.1", port: tcp })),
    };
    const stores: EmbeddedStore[] = [];
    try {
      for (const [i, { http, tcp }] of ports.entries()) {
        const dataDir = shardFolder(options.dataDir, i + 1);
        mkdirSync(dataDir, { recursive: true });
        if (i > 0) {
          const file = "credentials.json";
          copyFileSync(join(shardFolder(options.dataDir, 1), file), join(dataDir, file));
        }
        stores.push(await startEmbedded({ ...options, dataDir, httpPort: http, tcpPort: tcp, cluster }));
      }
      return stores;
    } catch (error) {
      await Promise.all(stores.map((store) => store.close()));
      const taken = error instanceof StoreError && error.code === "HOTSPAN_STORE_PORT_IN_USE";
      if (!taken || attempt === attempts) throw error;
    }
  }
}
