import { quoteTableName, type TableName } from "@hotspan/store";
import { Sql, sql } from "./sql.ts";

/** Where spans are read: our own table, or one of the same server that somebody else fills. */
export interface SpanTable {
  /** As in FROM. */
  readonly name: Sql;
  /** Its database, as an expression. */
  readonly database: Sql;
  readonly table: string;
  /** As people call it. */
  readonly label: string;
  readonly foreign: boolean;
  /** Where the Collector's exporter notes when each trace was; it need not exist. */
  readonly companion: { readonly name: Sql; readonly table: string };
}

export const ownSpans: SpanTable = {
  name: sql`otel_traces`,
  database: sql`currentDatabase()`,
  table: "otel_traces",
  label: "otel_traces",
  foreign: false,
  companion: { name: sql`otel_traces_trace_id_ts`, table: "otel_traces_trace_id_ts" },
};

export function foreignSpans(name: TableName): SpanTable {
  const companion = { ...name, table: `${name.table}_trace_id_ts` };
  return {
    name: new Sql(quoteTableName(name)),
    database: sql`${name.database}`,
    table: name.table,
    label: `${name.database}.${name.table}`,
    foreign: true,
    companion: { name: new Sql(quoteTableName(companion)), table: companion.table },
  };
}
