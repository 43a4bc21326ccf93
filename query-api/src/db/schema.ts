import type { SchemaAnswer } from "../types.ts";
import { example, readSample } from "./schema-examples.ts";
import { type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** Parameters of a parameterised view, from its own text: `{name:Type}`. */
export function viewParams(create: string): { name: string; type: string }[] {
  const found = new Map<string, string>();
  for (const [, name, type] of create.matchAll(/\{(\w+):\s*((?:[^{}])+)\}/g)) found.set(name!, type!.trim());
  return [...found].map(([name, type]) => ({ name, type }));
}

/** Tables and views of the database as the reader sees them. */
export async function readSchema(store: Store, caller: Caller, nowMs: number): Promise<SchemaAnswer> {
  const { spans } = store;
  // One that others fill has the name it is asked by.
  const name = (column: Sql): Sql =>
    sql`if(database = currentDatabase(), ${column}, concat(database, '.', ${column}))`;
  const ours = (column: Sql): Sql =>
    sql`(database = currentDatabase() OR (database = ${spans.database} AND ${column} = ${spans.table}))`;
  const [tables, columns, sample] = await Promise.all([
    store.rows<[string, string, string, string]>(
      caller,
      sql`SELECT ${name(sql`name`)} AS called, engine, comment, create_table_query FROM system.tables
        WHERE ${ours(sql`name`)} AND engine != 'MaterializedView' AND NOT startsWith(name, '.') ORDER BY called`,
    ),
    store.rows<[string, string, string, string]>(
      caller,
      sql`SELECT ${name(sql`table`)} AS called, name, type, comment FROM system.columns WHERE ${ours(sql`table`)} ORDER BY called, position`,
    ),
    readSample(store, caller, nowMs),
  ]);
  const columnsOf = Map.groupBy(columns, ([table]) => table);
  return {
    tables: tables
      .filter(([, engine]) => engine !== "View")
      .map(([name, , comment]) => ({
        name,
        comment,
        columns: (columnsOf.get(name) ?? []).map(([, column, type, text]) => ({
          name: column,
          type,
          comment: text,
        })),
      })),
    views: tables
      .filter(([, engine]) => engine === "View")
      .map(([name, , comment, create]) => {
        const params = viewParams(create);
        return { name, comment, params, example: example(name, params, sample) };
      }),
  };
}
