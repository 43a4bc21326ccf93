import { expect, test } from "vitest";
import { ownMigrations } from "../migrate/load.ts";
import { splitStatements } from "../migrate/split.ts";
import { placementOf } from "./placement.ts";
import { clusterMigrations, onShard } from "./transform.ts";

const schema = { database: "hotspan", cluster: "c" };

test("a table becomes the one with the rows and the one that stands for all shards", () => {
  const create = (name: string): string =>
    `-- Why.\nCREATE TABLE IF NOT EXISTS {db}.${name} (\n  A Int8\n)\nENGINE = MergeTree\nORDER BY A\nCOMMENT 'It''s; here'`;
  expect(onShard(create("otel_traces"), schema)).toEqual([
    "CREATE TABLE IF NOT EXISTS `hotspan_local`.otel_traces (\n  A Int8\n)\nENGINE = MergeTree\nORDER BY A\nCOMMENT 'It''s; here'",
    "CREATE TABLE IF NOT EXISTS {db}.otel_traces AS `hotspan_local`.otel_traces " +
      "ENGINE = Distributed('c', 'hotspan_local', 'otel_traces', cityHash64(TraceId)) COMMENT 'It''s; here'",
  ]);
  // No sharding key: nobody can write cuts by way of another shard.
  expect(onShard(create("profile_batches"), schema).at(-1)).toContain(
    "Distributed('c', 'hotspan_local', 'profile_batches')",
  );
});

test("columns change in both, what is stored how only where the rows are", () => {
  const column = "ALTER TABLE {db}.otel_traces ADD COLUMN IF NOT EXISTS A Int8 AFTER B";
  expect(onShard(column, schema)).toEqual([column.replace("{db}", "`hotspan_local`"), column]);
  const projection = "ALTER TABLE {db}.otel_traces ADD PROJECTION IF NOT EXISTS p (SELECT A ORDER BY A)";
  expect(onShard(projection, schema)).toEqual([projection.replace("{db}", "`hotspan_local`")]);
});

test("several changes at once, of a materialized view too", () => {
  const comments = (table: string): string =>
    `ALTER TABLE {db}.${table}\n  COMMENT COLUMN IF EXISTS A 'ns, DROP it',\n  COMMENT COLUMN IF EXISTS B 'b'`;
  expect(onShard(comments("otel_traces"), schema)).toHaveLength(2);
  const own = comments("schema_migrations");
  expect(onShard(own, schema)).toEqual([own]);
  const filled = comments("otel_traces_trace_id_ts_mv");
  expect(onShard(filled, schema)).toEqual([filled.replace("{db}", "`hotspan_local`")]);
});

test("views stand over all shards, materialized ones on each", () => {
  const view = "CREATE OR REPLACE VIEW {db}.v AS SELECT * FROM {db}.profile_samples";
  expect(onShard(view, schema)).toEqual([view]);
  const nested =
    "CREATE OR REPLACE VIEW {db}.v AS SELECT 1 FROM {db}.a WHERE x IN (SELECT 1) AND y IN (1, 2)";
  expect(onShard(nested, schema)).toEqual([nested.replace("IN (SELECT", "GLOBAL IN (SELECT")]);
  const filled = "CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.a_mv TO {db}.a AS\nSELECT * FROM {db}.b";
  expect(onShard(filled, schema)).toEqual([filled.replaceAll("{db}", "`hotspan_local`")]);
});

test.each([
  [
    "a table without a place",
    "CREATE TABLE IF NOT EXISTS {db}.new_table (\nA Int8\n)\nENGINE = MergeTree\nORDER BY A",
  ],
  ["another change of a table", "ALTER TABLE {db}.otel_traces MODIFY COLUMN A Int16"],
  ["a change of a table without a place", "ALTER TABLE {db}.new_table ADD COLUMN IF NOT EXISTS A Int8"],
  [
    "a column together with what is stored",
    "ALTER TABLE {db}.otel_traces ADD COLUMN IF NOT EXISTS A Int8,\n  ADD INDEX IF NOT EXISTS i A TYPE minmax",
  ],
  ["rows", "INSERT INTO {db}.otel_traces SELECT 1"],
  ["a dropped table", "DROP TABLE IF EXISTS {db}.otel_traces"],
  ["a dictionary", "CREATE DICTIONARY IF NOT EXISTS {db}.d (A Int8) PRIMARY KEY A"],
])("%s is refused until somebody has said what it means on a cluster", (_, statement) => {
  expect(() => onShard(statement, schema)).toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_CLUSTER_UNSUPPORTED" }),
  );
});

test("a name of a cluster that would end the quotes is refused", () => {
  expect(() => clusterMigrations([], { ...schema, cluster: "c', 'd" })).toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_BAD_IDENTIFIER" }),
  );
});

test("every migration has a form for clusters, and keeps its name", () => {
  const own = ownMigrations();
  const cluster = clusterMigrations(own, schema);
  expect(cluster.map(({ version, checksum }) => [version, checksum])).toEqual(
    own.map(({ version, checksum }) => [version, checksum]),
  );
  // Migrations may fail half-way and be run again, there as here.
  for (const { script } of cluster)
    for (const statement of splitStatements(script))
      expect(statement).toMatch(
        /^(CREATE (TABLE|MATERIALIZED VIEW) IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE) /,
      );
});

test("with replicas every table with rows is a replicated one, tokens included", () => {
  const scripts = clusterMigrations(ownMigrations(), { ...schema, replicated: true }).map(
    ({ script }) => script,
  );
  const engines = scripts.join("").match(/ENGINE = \w+(?:\([^)]*\))?/g) ?? [];
  const kept = engines.filter((engine) => !engine.includes("Distributed("));
  expect(kept.length).toBe(engines.length / 2);
  for (const engine of kept)
    expect(engine).toMatch(
      /^ENGINE = Replicated(|Replacing|Aggregating)MergeTree\('\/clickhouse\/tables\/\{shard\}\/\{database\}\/\{table\}', '\{replica\}'(, \w+)?\)$/,
    );
  expect(scripts.join("")).not.toContain("non_replicated_deduplication_window");
});

test("a table nobody placed is refused by name", () => {
  expect(() => placementOf("profile_new")).toThrow(/profile_new/);
});
