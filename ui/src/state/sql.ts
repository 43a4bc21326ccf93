// The state of the SQL view in the address: the statement that was run, and how its result is shown.
import { compact, type RawSearch, readChoice, readText } from "./raw.ts";

export interface SqlState {
  readonly q?: string | undefined;
  /** Absent: as a table. */
  readonly view?: "chart" | undefined;
}

// Longer ones stay in the editor only: addresses have limits.
export const longestInAddress = 4_000;

export function validateSql(raw: RawSearch): SqlState {
  const q = readText(raw, "q");
  return compact<SqlState>({
    q: q === undefined || q.length > longestInAddress ? undefined : q,
    view: readChoice(raw, "view", ["table", "chart"]) as "chart" | undefined,
  });
}
