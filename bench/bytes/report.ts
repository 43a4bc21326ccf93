import type { TestStore } from "@hotspan/store/testing";

interface TableSize {
  readonly table: string;
  /** On disk, all of it: marks, indexes, projections. */
  readonly total: number;
  readonly columns: readonly { readonly name: string; readonly bytes: number }[];
}

const TABLES = ["profile_samples", "profile_windows", "profile_traces"];

/** Bytes a sample of the active parts. Columns of parts in one file are measured in a copy that has a file for each. */
export async function sizesByColumn(db: TestStore): Promise<{
  readonly samples: number;
  /** Of the three tables together. */
  readonly total: number;
  readonly tables: readonly TableSize[];
}> {
  const [count] = await db.rows<{ n: string }>("SELECT count() AS n FROM profile_samples");
  const samples = Number(count?.n);
  const per = (bytes: string | undefined): number => Number((Number(bytes) / samples).toFixed(3));
  const { database } = db.store;
  const tables: TableSize[] = [];
  for (const table of TABLES) {
    const [size] = await db.rows<{ bytes: string }>(
      `SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = '${database}' AND table = '${table}'`,
    );
    const copy = `${table}_by_column`;
    await db.alter(`CREATE TABLE ${copy} AS ${table}`);
    await db.alter(
      `ALTER TABLE ${copy} MODIFY SETTING min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0`,
    );
    await db.alter(`INSERT INTO ${copy} SELECT * FROM ${table}`);
    await db.alter(`OPTIMIZE TABLE ${copy} FINAL`);
    const columns = await db.rows<{ name: string; bytes: string }>(
      `SELECT column AS name, sum(column_data_compressed_bytes) AS bytes FROM system.parts_columns
       WHERE active AND database = '${database}' AND table = '${copy}' GROUP BY name ORDER BY bytes DESC, name`,
    );
    await db.alter(`DROP TABLE ${copy} SYNC`);
    tables.push({
      table,
      total: per(size?.bytes),
      columns: columns
        .map(({ name, bytes }) => ({ name, bytes: per(bytes) }))
        .filter(({ bytes }) => bytes >= 0.01),
    });
  }
  const total = Number(tables.reduce((sum, one) => sum + one.total, 0).toFixed(2));
  return { samples, total, tables };
}
