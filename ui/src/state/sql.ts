// The state of the SQL view in the address: the statement.
import { compact, type RawSearch, readText } from "./raw.ts";

export interface SqlState {
  readonly q?: string | undefined;
}

// Longer ones stay in the editor only: addresses have limits.
export const longestInAddress = 4_000;

export function validateSql(raw: RawSearch): SqlState {
  const q = readText(raw, "q");
  return compact<SqlState>({ q: q === undefined || q.length > longestInAddress ? undefined : q });
}
