import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  clusterMigrations,
  createStoreClient,
  migrateCluster,
  ownMigrations,
  prepareDatabase,
  readShardNumber,
  shardDatabase,
  shardOfId,
  shardOfStack,
} from "@hotspan/store";
import { startShards, testStore, type TestStore } from "@hotspan/store/testing";
import { splitStatements } from "../src/migrate/split.ts";

// Two real servers that reach each other over TCP.
let db: TestStore;
beforeAll(async () => {
  db = await testStore({}, 2);
});
afterAll(() => db?.close());

const addresses = () => db.shards.map(({ httpUrl, writer }) => ({ url: httpUrl, ...writer }));
const cluster = () => ({ database: db.store.database, cluster: "test", shards: addresses() });

/** Rows of a query on one shard alone. */
async function onShard<T>(shard: number, query: string): Promise<readonly T[]> {
  const database = shardDatabase(db.store.database);
  const client = createStoreClient({ ...addresses()[shard]!, database });
  try {
    const result = await client.query({ query, format: "JSONEachRow" });
    return await result.json<T>();
  } finally {
    await client.close();
  }
}

test("migrating again does nothing; every shard has every table, and says which it is", async () => {
  expect(await migrateCluster(cluster())).toEqual({ applied: 0, changed: [] });
  const tables = "SELECT name, engine FROM system.tables WHERE database = currentDatabase() ORDER BY name";
  const [one, two] = [await onShard(0, tables), await onShard(1, tables)];
  expect(one).toEqual(two);
  expect(one.length).toBeGreaterThan(10);
  const numbers = await Promise.all(
    addresses().map(async (address) => {
      const client = createStoreClient({ ...address, database: "default" });
      const number = await readShardNumber(client, db.store.database);
      await client.close();
      return number;
    }),
  );
  expect(numbers).toEqual([1, 2]);
});

test("the tables of all shards have the columns of a single server, and the cluster's own", async () => {
  const single = await testStore({}, 1);
  try {
    const columns = `SELECT table, name, type, default_kind, default_expression, comment FROM system.columns
      WHERE database = 'hotspan' AND table != 'otel_traces_trace_id_ts_mv' ORDER BY table, position`;
    const [here, there] = [await db.rows(columns), await single.rows(columns)];
    expect(here.filter(({ name }) => name !== "Shards")).toEqual(there);
    expect(here.filter(({ name }) => name === "Shards").map(({ table }) => table)).toEqual([
      "profile_batches",
    ]);
    const views = `SELECT name, comment FROM system.tables WHERE database = 'hotspan' AND engine = 'View' ORDER BY name`;
    expect(await db.rows(views)).toEqual(await single.rows(views));
  } finally {
    await single.close();
  }
});

test("rows lie where we say that they do, and all are read from anywhere", async () => {
  const now = new Date().toISOString().slice(0, 19).replace("T", " ");
  const ids = Array.from({ length: 200 }, () => randomBytes(16).toString("hex"));
  await db.writer.insert({
    table: "otel_traces",
    format: "JSONEachRow",
    values: ids.map((TraceId) => ({ TraceId, SpanId: TraceId.slice(16), Timestamp: now })),
  });
  await db.writer.insert({
    table: "profile_samples",
    format: "JSONEachRow",
    // Without a trace by their instance.
    values: ids.map((Instance) => ({ Instance, ServiceName: "placed", Bucket: now })),
  });
  const hashes = ids.map((id) => BigInt(`0x${id.slice(0, 16)}`));
  await db.writer.insert({
    table: "profile_stacks",
    format: "JSONEachRow",
    values: hashes.map((hash) => ({ StackHash: String(hash), LastSeen: now })),
  });
  const stackShard = (hash: bigint): number =>
    shardOfStack(Number(hash >> 32n), Number(hash & 0xffffffffn), 2);
  for (const shard of [0, 1]) {
    const traces = await onShard<{ id: string }>(shard, "SELECT TraceId AS id FROM otel_traces");
    const expected = ids.filter((id) => shardOfId(id, 2) === shard).toSorted();
    expect(expected.length).toBeGreaterThan(50);
    expect(traces.map(({ id }) => id).toSorted()).toEqual(expected);
    // The materialized view ran where the spans went.
    const index = await onShard<{ id: string }>(shard, "SELECT TraceId AS id FROM otel_traces_trace_id_ts");
    expect(index.map(({ id }) => id).toSorted()).toEqual(expected);
    const samples = await onShard<{ id: string }>(
      shard,
      "SELECT Instance AS id FROM profile_samples WHERE ServiceName = 'placed'",
    );
    expect(samples.map(({ id }) => id).toSorted()).toEqual(expected);
    const stacks = await onShard<{ hash: string }>(
      shard,
      "SELECT toString(StackHash) AS hash FROM profile_stacks",
    );
    expect(stacks.map(({ hash }) => BigInt(hash)).every((hash) => stackShard(hash) === shard)).toBe(true);
  }
  expect(await db.rows("SELECT count() AS n FROM otel_traces")).toEqual([{ n: "200" }]);
});

test("the reader joins and nests across shards, and stays within its limits", async () => {
  const ask = async (query: string, settings: Record<string, number> = {}): Promise<unknown> => {
    const result = await db.reader.query({
      query,
      format: "JSONCompactEachRow",
      clickhouse_settings: settings,
    });
    return result.json();
  };
  expect(
    await ask("SELECT count() FROM otel_traces WHERE TraceId IN (SELECT TraceId FROM otel_traces)"),
  ).toEqual([[200]]);
  expect(
    await ask("SELECT count() FROM otel_traces AS a JOIN otel_traces AS b ON a.TraceId = b.TraceId"),
  ).toEqual([[200]]);
  await expect(ask("SELECT 1", { max_result_rows: 0 })).rejects.toThrow();
  await expect(ask("SELECT * FROM cluster('test', system.one)")).rejects.toThrow(/privileges/);
  await expect(ask("SELECT * FROM remote('127.0.0.1', system.one)")).rejects.toThrow(/privileges/);
});

test("cuts and claims cannot be written by way of all shards", async () => {
  for (const table of ["profile_batches", "profile_claims"])
    await expect(db.writer.insert({ table, format: "JSONEachRow", values: [{}] })).rejects.toThrow(
      /sharding key/,
    );
});

test("how long rows are kept is set where they lie, on every shard", async () => {
  const settings = { retention: { samples: 5 }, tracesTable: undefined };
  const { applied, changed } = await migrateCluster({ ...cluster(), settings });
  expect(applied).toBe(0);
  expect(changed).toEqual([
    "shard 1: profile_samples keeps its rows for 5 days",
    "shard 1: profile_traces keeps its rows for 5 days",
    "shard 2: profile_samples keeps its rows for 5 days",
    "shard 2: profile_traces keeps its rows for 5 days",
  ]);
  for (const shard of [0, 1]) {
    const [row] = await onShard<{ text: string }>(
      shard,
      "SELECT create_table_query AS text FROM system.tables WHERE database = currentDatabase() AND name = 'profile_samples'",
    );
    expect(row?.text).toContain("TTL Bucket + toIntervalDay(5)");
  }
  expect((await migrateCluster({ ...cluster(), settings })).changed).toEqual([]);
});

test("shards in another order, and a number of them that the servers do not know, are refused", async () => {
  const shards = addresses();
  await expect(migrateCluster({ ...cluster(), shards: shards.toReversed() })).rejects.toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_SHARD_MISPLACED" }),
  );
  await expect(migrateCluster({ ...cluster(), shards: shards.slice(0, 1) })).rejects.toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_CLUSTER_UNKNOWN" }),
  );
  await expect(migrateCluster({ ...cluster(), cluster: "other" })).rejects.toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_CLUSTER_UNKNOWN" }),
  );
});

test("the database of a single server is not turned into one of a cluster", async () => {
  await db.writer.command({ query: "CREATE DATABASE hotspan_single" });
  await db.writer.command({
    query:
      "CREATE TABLE hotspan_single.schema_migrations (Version UInt32) ENGINE = MergeTree ORDER BY Version",
  });
  await expect(migrateCluster({ ...cluster(), database: "hotspan_single" })).rejects.toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_CLUSTER_UNSUPPORTED" }),
  );
});

test("a shard is not migrated as if it were a single server", async () => {
  const connection = { ...addresses()[1]!, database: db.store.database };
  await expect(prepareDatabase(connection)).rejects.toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_CLUSTER_UNSUPPORTED" }),
  );
});

test("ClickHouse reads the statements of shards with replicas as they are meant", async () => {
  const schema = { database: "hotspan", cluster: "test", replicated: true };
  const statements = clusterMigrations(ownMigrations(), schema)
    .flatMap(({ script }) => splitStatements(script))
    .map((statement) => statement.replaceAll("{db}", "`hotspan`"));
  const engines: string[] = [];
  for (const query of statements) {
    const result = await db.writer.query({
      query: "SELECT formatQuerySingleLine({query:String}) AS text",
      query_params: { query },
      format: "JSONEachRow",
    });
    const text = (await result.json<{ text: string }>())[0]?.text ?? "";
    const engine = /ENGINE = (\w+)\(/.exec(text)?.[1];
    if (engine !== undefined) engines.push(engine);
  }
  expect(new Set(engines)).toEqual(
    new Set([
      "ReplicatedMergeTree",
      "ReplicatedReplacingMergeTree",
      "ReplicatedAggregatingMergeTree",
      "Distributed",
    ]),
  );
});

test("a shard that comes later gets its tables and its share of what comes, and old rows are found where they lie", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "hotspan-shards-"));
  const ids = Array.from({ length: 90 }, () => randomBytes(16).toString("hex"));
  /** Inserts some rows on so many shards; returns how many migrations were applied, and the rows of each shard as the last one tells. */
  const live = async (
    count: number,
    some: readonly string[],
  ): Promise<readonly [number, readonly unknown[]]> => {
    const shards = await startShards({ dataDir, maxMemoryBytes: 1024 ** 3 }, count);
    try {
      const servers = shards.map(({ httpUrl, writer }) => ({ url: httpUrl, ...writer }));
      const { applied } = await migrateCluster({ database: "hotspan", cluster: "test", shards: servers });
      const client = createStoreClient({ ...servers.at(-1)!, database: "hotspan" });
      await client.insert({
        table: "profile_stacks",
        format: "JSONEachRow",
        values: some.map((id) => ({
          StackHash: String(BigInt(`0x${id.slice(0, 16)}`)),
          LastSeen: new Date().toISOString().slice(0, 19).replace("T", " "),
        })),
      });
      const result = await client.query({
        query: "SELECT _shard_num AS shard, count() AS n FROM profile_stacks GROUP BY shard ORDER BY shard",
        format: "JSONCompactEachRow",
      });
      const rows = await result.json<[number, string | number]>();
      await client.close();
      return [applied, rows.map(([, n]) => Number(n))];
    } finally {
      await Promise.all(shards.map((shard) => shard.close()));
    }
  };
  try {
    const versions = ownMigrations().length;
    const shardsOf = (some: readonly string[], count: number): readonly number[] =>
      Array.from(
        { length: count },
        (_, shard) =>
          some.filter((id) => Number(BigInt(`0x${id.slice(0, 16)}`) % BigInt(count)) === shard).length,
      );
    const [before, after] = [ids.slice(0, 30), ids.slice(30)];
    const old = shardsOf(before, 2);
    expect(await live(2, before)).toEqual([2 * versions, old]);
    const fresh = shardsOf(after, 3);
    expect(await live(3, after)).toEqual([versions, fresh.map((n, shard) => n + (old[shard] ?? 0))]);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
