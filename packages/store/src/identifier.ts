import { StoreError } from "./errors.ts";

/** A database, table or column name between backticks. Dots belong to Nested columns (`Events.Name`). */
export function quoteIdentifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_.]{0,127}$/.test(name)) {
    throw new StoreError(
      "HOTSPAN_STORE_BAD_IDENTIFIER",
      `Not a name of a table or column: ${name.slice(0, 80)}`,
    );
  }
  return `\`${name}\``;
}
