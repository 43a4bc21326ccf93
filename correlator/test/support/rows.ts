import type { World } from "./world.ts";

export type Row = Readonly<Record<string, unknown>>;
export type Tables = Readonly<Record<string, readonly Row[]>>;

/** Every row of every table with data, merged as their engines merge. 64-bit integers are strings. */
export async function allRows(world: World): Promise<Tables> {
  const tables = await rowsOf<{ name: string; engine: string }>(
    world,
    `SELECT name, engine FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
       AND name NOT IN ('deletion_jobs', 'schema_migrations', 'profile_batches', 'profile_claims', 'profile_slow_days', 'ingest_status')`,
  );
  const found: Record<string, readonly Row[]> = {};
  for (const { name, engine } of tables)
    found[name] = await rowsOf(world, `SELECT * FROM ${name}${engine === "MergeTree" ? "" : " FINAL"}`);
  return found;
}

export async function rowsOf<T = Row>(world: World, query: string): Promise<readonly T[]> {
  const result = await world.client.query({
    query,
    format: "JSONEachRow",
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });
  return result.json<T>();
}

/** Rows in any order, each as often as it is there. */
export function multiset(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

/** Tables, of data or of the server, in which any cell of any row holds the text. */
export async function tablesWith(world: World, text: string): Promise<readonly string[]> {
  const tables = await rowsOf<{ name: string }>(
    world,
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'",
  );
  const found: string[] = [];
  for (const { name } of tables)
    if (
      (await world.count(`SELECT count() FROM ${name} WHERE position(toString(tuple(*)), '${text}') > 0`)) > 0
    )
      found.push(name);
  if ((await world.count(`SELECT count() FROM system.mutations WHERE position(command, '${text}') > 0`)) > 0)
    found.push("system.mutations");
  return found;
}
