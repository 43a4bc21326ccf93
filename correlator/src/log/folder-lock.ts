import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CorrelatorError } from "../errors.ts";

/**
 * Holds a folder for this process alone. Node has no file locks of its own, SQLite has: the kernel drops this one
 * however the process ends, so nothing is ever stale, and it holds between containers that share a volume.
 * Throws HOTSPAN_CORRELATOR_DATA_IN_USE.
 */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new CorrelatorError(
      "HOTSPAN_CORRELATOR_DATA_IN_USE",
      `${folder} is in use by another correlator; give each a folder of its own (HOTSPAN_DATA)`,
      { cause },
    );
  }
  return {
    release() {
      database.close();
    },
  };
}
