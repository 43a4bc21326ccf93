import type { SchemaAnswer } from "../types.ts";
import { example, readSample } from "./schema-examples.ts";
import { sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** Parameters of a parameterised view, from its own text: `{name:Type}`. */
export function viewParams(create: string): { name: string; type: string }[] {
  const found = new Map<string, string>();
  for (const [, name, type] of create.matchAll(/\{(\w+):\s*((?:[^{}])+)\}/g)) found.set(name!, type!.trim());
  return [...found].map(([name, type]) => ({ name, type }));
}

/** Tables and views of the database as the reader sees them. */
export async function readSchema(store: Store, caller: Caller, nowMs: number): Promise<SchemaAnswer> {
  const [tables, columns, sample] = await Promise.all([
    store.rows<[string, string, string, string]>(
      caller,
      sql`SELECT name, engine, comment, create_table_query FROM system.tables
        WHERE database = currentDatabase() AND engine != 'MaterializedView' AND NOT startsWith(name, '.') ORDER BY name`,
    ),
    store.rows<[string, string, string, string]>(
      caller,
      sql`SELECT table, name, type, comment FROM system.columns WHERE database = currentDatabase() ORDER BY table, position`,
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
