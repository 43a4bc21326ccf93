import { ownMigrations } from "@hotspan/store";
import { sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

const TABLES = [
  "ingest_status",
  "profile_instances",
  "profile_samples",
  "profile_samples_slow",
  "profile_stacks",
  "profile_traces",
  "profile_windows",
  "schema_migrations",
];
const MIGRATIONS = ownMigrations().length;
/** What every span is asked for. */
const SPAN_COLUMNS = [
  "Duration",
  "ParentSpanId",
  "ResourceAttributes",
  "ServiceName",
  "SpanAttributes",
  "SpanId",
  "SpanKind",
  "SpanName",
  "StatusCode",
  "StatusMessage",
  "Timestamp",
  "TraceId",
];

/** Why no question can be answered yet, with what to do about it; undefined: all is there. */
export async function whatIsMissing(store: Store, caller: Caller): Promise<string | undefined> {
  const { database, table, label, foreign } = store.spans;
  const [tables, columns] = await Promise.all([
    store.rows<[string]>(
      caller,
      sql`SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN ${TABLES}`,
    ),
    store.rows<[string, string, string]>(
      caller,
      sql`SELECT name, type, currentUser() FROM system.columns WHERE database = ${database} AND table = ${table} AND name IN ${SPAN_COLUMNS}`,
    ),
  ]);
  const names = new Set(tables.map(([name]) => name));
  const missing = TABLES.filter((name) => !names.has(name));
  if (columns.length === 0 && !foreign) missing.push(table);
  if (missing.length > 0) return notMigrated(`${missing.join(", ")} missing`);
  const [row] = await store.rows<[number]>(caller, sql`SELECT max(Version) FROM schema_migrations`);
  const version = Number(row?.[0] ?? 0);
  if (version < MIGRATIONS)
    return notMigrated(`its tables are those of migration ${version} of ${MIGRATIONS}`);
  if (columns.length === 0)
    return `There is no table ${label}, or this account may not read it: GRANT SELECT ON ${label} TO the account of HOTSPAN_CLICKHOUSE_USER, or correct HOTSPAN_TRACES_TABLE.`;
  const types = new Map(columns.map(([name, type]) => [name, type]));
  const absent = SPAN_COLUMNS.filter((name) => !types.has(name));
  if (absent.length > 0)
    return `${label} has no column ${absent.join(", ")}: HOTSPAN_TRACES_TABLE names a table as the OpenTelemetry Collector's ClickHouse exporter makes it.`;
  for (const name of ["SpanAttributes", "ResourceAttributes"])
    if (!types.get(name)!.startsWith("Map("))
      return `${label}.${name} is of type ${types.get(name)}, not Map(…): turn off the exporter's \`json\` for a table that Hotspan reads.`;
  return undefined;
}

const notMigrated = (what: string): string => `The store is not migrated: ${what}. Run hotspan migrate.`;
