import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Table → column → ClickHouse type, read from the migrations themselves. */
export const COLUMN_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = load();

function load(): Record<string, Record<string, string>> {
  const folder = join(import.meta.dirname, "../../../../packages/store/migrations");
  const tables: Record<string, Record<string, string>> = {};
  for (const file of readdirSync(folder).sort()) {
    const sql = readFileSync(join(folder, file), "utf8");
    for (const [, table = "", body = ""] of sql.matchAll(
      /CREATE TABLE IF NOT EXISTS \{db\}\.(\w+) \(\n(.*?)\n\)/gs,
    )) {
      const columns: Record<string, string> = {};
      for (const line of body.split("\n")) {
        const column = /^ {2}(\w+) (.*?)(?: COMMENT .*| CODEC.*| DEFAULT.*|,?)$/.exec(line);
        if (column?.[1] === undefined || column[2] === undefined || column[1] === "INDEX") continue;
        const nested = /^Nested \((.*)\)$/.exec(column[2]);
        if (nested?.[1] === undefined) columns[column[1]] = column[2];
        else {
          for (const field of nested[1].split(/, (?![^(]*\))/)) {
            const [name = "", ...type] = field.split(" ");
            columns[`${column[1]}.${name}`] = `Array(${type.join(" ")})`;
          }
        }
      }
      tables[table] = columns;
    }
    for (const [, table = "", column = "", type = ""] of sql.matchAll(
      /^ALTER TABLE \{db\}\.(\w+) ADD COLUMN IF NOT EXISTS (\w+) (.*?) (?:COMMENT|CODEC|DEFAULT)/gm,
    ))
      tables[table] = { ...tables[table], [column]: type };
  }
  return tables;
}
