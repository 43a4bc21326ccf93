import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createStoreClient } from "./client.ts";
import { engineLibrary } from "./embedded/platform.ts";
import { startEmbedded } from "./embedded/start.ts";
import { migrate } from "./migrate/migrate.ts";
import { ownMigrations } from "./migrate/load.ts";

/** In the repository's own `node_modules`, so that nobody else writes there and a new clone begins without. */
const cache = join(import.meta.dirname, "../../../node_modules/.cache/hotspan-store");

/**
 * Makes `dataDir`, if it is new, what a server left there that was started, migrated and closed. All migrations of an empty store take
 * longer than its start, and every test file needs one; so they run once, and their result is copied.
 */
export async function copyMigrated(dataDir: string, database: string): Promise<void> {
  if (existsSync(join(dataDir, "clickhouse"))) return;
  const key = createHash("sha256")
    .update(JSON.stringify([database, engineLibrary(), ownMigrations()]))
    .digest("hex")
    .slice(0, 16);
  const template = join(cache, key);
  if (!existsSync(template)) await make(template, database);
  mkdirSync(dirname(dataDir), { recursive: true });
  cpSync(template, dataDir, { recursive: true, verbatimSymlinks: true });
}

async function make(template: string, database: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const dataDir = mkdtempSync(join(cache, "making-"));
  const store = await startEmbedded({ dataDir, database });
  try {
    const client = createStoreClient({ url: store.httpUrl, database, ...store.writer });
    try {
      await migrate(client, { database });
    } finally {
      await client.close();
    }
  } finally {
    await store.close();
  }
  // Of this moment and this server only.
  for (const name of ["lock", "clickhouse.log", "clickhouse/uuid"])
    rmSync(join(dataDir, name), { force: true });
  try {
    renameSync(dataDir, template);
  } catch (error) {
    // Another process was first: its folder is as good.
    rmSync(dataDir, { recursive: true, force: true });
    if (!existsSync(template)) throw error;
  }
}
