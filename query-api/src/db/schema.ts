import type { SchemaAnswer } from "../types.ts";
import { sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** Parameters of a parameterised view, from its own text: `{name:Type}`. */
export function viewParams(create: string): { name: string; type: string }[] {
  const found = new Map<string, string>();
  for (const [, name, type] of create.matchAll(/\{(\w+):\s*((?:[^{}])+)\}/g)) found.set(name!, type!.trim());
  return [...found].map(([name, type]) => ({ name, type }));
}

function example(name: string, params: readonly { name: string; type: string }[]): string {
  const value = (type: string): string =>
    /DateTime/.test(type) ? "now() - INTERVAL 1 HOUR" : /Int|Float|Decimal/.test(type) ? "10" : "'…'";
  const list = params.map((param) => `${param.name} = ${value(param.type)}`).join(", ");
  return `SELECT * FROM ${name}${params.length === 0 ? "" : `(${list})`} LIMIT 10`;
}

/** Tables and views of the database as the reader sees them. */
export async function readSchema(store: Store, caller: Caller): Promise<SchemaAnswer> {
  const [tables, columns] = await Promise.all([
    store.rows<[string, string, string, string]>(
      caller,
      sql`SELECT name, engine, comment, create_table_query FROM system.tables
        WHERE database = currentDatabase() AND engine != 'MaterializedView' AND NOT startsWith(name, '.') ORDER BY name`,
    ),
    store.rows<[string, string, string, string]>(
      caller,
      sql`SELECT table, name, type, comment FROM system.columns WHERE database = currentDatabase() ORDER BY table, position`,
    ),
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
      .map(([name, , , create]) => {
        const params = viewParams(create);
        return { name, params, example: example(name, params) };
      }),
  };
}
