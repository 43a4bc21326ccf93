import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { StoreError } from "../errors.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
  readonly script: string;
}

/** The migrations that come with this package, in order. */
export function ownMigrations(): readonly Migration[] {
  return loadMigrations(new URL("../../migrations/", import.meta.url));
}

/** Reads `NNNN_name.sql` files; versions must count from 1 without a gap. */
export function loadMigrations(folder: URL): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .toSorted();
  return files.map((file, index) => {
    const [, digits, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (digits === undefined || name === undefined || Number(digits) !== index + 1) {
      throw new StoreError(
        "HOTSPAN_STORE_MIGRATION_FAILED",
        `${file} is not the name of migration ${index + 1}: they are called NNNN_name.sql and count from 0001.`,
      );
    }
    // Git may check the file out with other line ends; that is no change.
    const script = readFileSync(new URL(file, folder), "utf8").replaceAll("\r\n", "\n");
    return {
      version: index + 1,
      name,
      checksum: createHash("sha256").update(script).digest("hex"),
      script,
    };
  });
}
