import { StoreError } from "../errors.ts";
import { quoteIdentifier } from "../identifier.ts";
import type { Migration } from "../migrate/load.ts";
import { splitStatements } from "../migrate/split.ts";
import { shardDatabase } from "./names.ts";
import { placementOf } from "./placement.ts";

export interface ClusterSchema {
  readonly database: string;
  /** Name of the cluster in `remote_servers` of every server. */
  readonly cluster: string;
  /** Tables of every shard are kept by several servers, through Keeper and the macros `shard` and `replica`. Experimental. */
  readonly replicated?: boolean;
}

/**
 * The migrations of a single server as each server of a cluster runs them. A table's rows lie in `<database>_local`, made by
 * the same statement as on a single server; in `<database>` stands a Distributed table of its name over all shards. Views stand
 * in `<database>` and read those. A migration keeps its name and checksum.
 *
 * Throws HOTSPAN_STORE_CLUSTER_UNSUPPORTED for a statement that is none of those known here, so that nobody forgets the cluster.
 */
export function clusterMigrations(
  migrations: readonly Migration[],
  schema: ClusterSchema,
): readonly Migration[] {
  if (!/^[\w-]{1,100}$/.test(schema.cluster)) {
    throw new StoreError(
      "HOTSPAN_STORE_BAD_IDENTIFIER",
      `Not a name of a cluster: ${schema.cluster.slice(0, 80)}`,
    );
  }
  return migrations.map((migration) => {
    const statements = splitStatements(migration.script).flatMap((statement) => onShard(statement, schema));
    return { ...migration, script: statements.map((statement) => `${statement};\n`).join("") };
  });
}

const createTable = /^CREATE TABLE IF NOT EXISTS \{db\}\.(\w+) \(/;
const createMaterializedView = /^CREATE MATERIALIZED VIEW IF NOT EXISTS \{db\}\.\w+_mv TO \{db\}\.\w+ AS\s/;
const createView = /^CREATE OR REPLACE VIEW \{db\}\.\w+ AS\s/;
const alterTable = /^ALTER TABLE \{db\}\.(\w+)\s/;
/** What also holds of the table that stands for all shards. */
const alterColumn = /^(?:ADD COLUMN IF NOT EXISTS|COMMENT COLUMN IF EXISTS|MODIFY COMMENT) /;
/** What is the business of the one that has the rows. */
const alterStorage =
  /^(?:(?:ADD|DROP) (?:PROJECTION|INDEX) IF (?:NOT )?EXISTS |MATERIALIZE PROJECTION |MODIFY (?:SETTING |TTL |COLUMN IF EXISTS \w+ CODEC\())/;

/** The statements of one shard that one of a single server becomes. */
export function onShard(statement: string, schema: ClusterSchema): readonly string[] {
  const code = statement.replace(/^(--[^\n]*\n|\s)+/, "");
  const local = quoteIdentifier(shardDatabase(schema.database));
  const here = (text: string): string => text.replaceAll("{db}", local);

  const table = (createTable.exec(code) ?? alterTable.exec(code))?.[1];
  if (table !== undefined && createTable.test(code)) {
    const { sql, columns = [] } = placementOf(table);
    return [
      here(schema.replicated === true ? replicated(code, table) : code),
      ...columns.map((column) => here(`ALTER TABLE {db}.${table} ADD COLUMN IF NOT EXISTS ${column}`)),
      // Without a sharding key ClickHouse refuses to insert: of what lies on the first shard nobody shall write a copy elsewhere.
      `CREATE TABLE IF NOT EXISTS {db}.${table} AS ${local}.${table} ENGINE = Distributed('${schema.cluster}', '${shardDatabase(schema.database)}', '${table}'${sql === undefined ? "" : `, ${sql}`})${commentOf(code)}`,
    ];
  }
  if (createMaterializedView.test(code)) return [here(code)];
  if (createView.test(code)) return [globalIn(code)];
  const actions = actionsOf(code);
  if (table !== undefined && actions.every((action) => alterColumn.test(action))) {
    // It is not one of those that are spread.
    if (table === "schema_migrations") return [code];
    if (table.endsWith("_mv")) return [here(code)];
    placementOf(table);
    // A column is there where it is read from before it is asked for.
    return [here(code), code];
  }
  if (table !== undefined && actions.every((action) => alterStorage.test(action))) {
    placementOf(table);
    return [here(code)];
  }
  throw new StoreError(
    "HOTSPAN_STORE_CLUSTER_UNSUPPORTED",
    `What this means on a cluster is not known, see packages/store/src/cluster/transform.ts: ${code.slice(0, 120)}`,
  );
}

/**
 * By `distributed_product_mode` ClickHouse would do so by itself, but fails where one subquery reads two tables that are spread
 * ("Invalid local IN function name globalIn").
 */
function globalIn(code: string): string {
  return code.replaceAll(/(?<!\bGLOBAL )\b(NOT IN|IN) \((?=SELECT\b)/g, "GLOBAL $1 (");
}

/** What an ALTER TABLE does, one thing after the other. */
function actionsOf(code: string): readonly string[] {
  return code
    .replaceAll(/'(?:[^'\\]|\\.|'')*'/g, "''")
    .replace(alterTable, "")
    .split(/,\s+(?=(?:ADD|DROP|MODIFY|COMMENT|MATERIALIZE|RENAME|CLEAR|UPDATE|DELETE) )/)
    .map((action) => action.trim());
}

function commentOf(code: string): string {
  const comment = /\nCOMMENT ('(?:[^'\\]|\\.|'')*')$/.exec(code)?.[1];
  return comment === undefined ? "" : ` COMMENT ${comment}`;
}

const engine = /\nENGINE = ((?:\w*)MergeTree)(?:\(([^()]*)\))?(?=\n)/;

/** Its rows are kept by each replica of the shard, and so are the tokens of what was inserted. */
function replicated(code: string, table: string): string {
  const [whole, family, parameters] = engine.exec(code) ?? [];
  if (whole === undefined) {
    throw new StoreError(
      "HOTSPAN_STORE_CLUSTER_UNSUPPORTED",
      `Which engine ${table} has is not seen: it stands on a line of its own, as ENGINE = MergeTree.`,
    );
  }
  const place = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'";
  const rest = parameters === undefined || parameters === "" ? "" : `, ${parameters}`;
  return code
    .replace(whole, () => `\nENGINE = Replicated${family}(${place}${rest})`)
    .replaceAll("non_replicated_deduplication_window", "replicated_deduplication_window");
}
