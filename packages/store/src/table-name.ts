import { StoreError } from "./errors.ts";
import { quoteIdentifier } from "./identifier.ts";

/** A table of any database of the same server. */
export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** `database.table`; throws HOTSPAN_STORE_BAD_IDENTIFIER. */
function parseTableName(text: string): TableName {
  const [, database, table] = /^([A-Za-z_]\w{0,127})\.([A-Za-z_]\w{0,127})$/.exec(text) ?? [];
  if (database === undefined || table === undefined)
    throw new StoreError(
      "HOTSPAN_STORE_BAD_IDENTIFIER",
      `Not the name of a table as database.table: ${text.slice(0, 80)}`,
    );
  return { database, table };
}

/** As it stands in a statement. */
export function quoteTableName({ database, table }: TableName): string {
  return `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
}

/** The table of spans that HOTSPAN_TRACES_TABLE names; undefined: our own. Throws HOTSPAN_STORE_BAD_IDENTIFIER. */
export function foreignTracesTable(text: string | undefined, ownDatabase: string): TableName | undefined {
  if (text === undefined || text === "") return undefined;
  const name = parseTableName(text);
  return name.database === ownDatabase && name.table === "otel_traces" ? undefined : name;
}
