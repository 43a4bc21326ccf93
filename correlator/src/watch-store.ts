import { type ClickHouseClient, ClickHouseError } from "@clickhouse/client";
import { ownMigrations, quoteIdentifier } from "@hotspan/store";
import { setTimeout as sleep } from "node:timers/promises";
import type { Health } from "./health.ts";
import type { StoreServer } from "./open-store.ts";

const needed = ownMigrations().length;
// UNKNOWN_TABLE, UNKNOWN_DATABASE
const missing: ReadonlySet<string> = new Set(["60", "81"]);

/** Keeps readiness true to whether a server answers and has our tables; every 2 s, faster until it is well. */
export async function watchStore(
  { name: component, client, database }: StoreServer,
  health: Health,
  signal: AbortSignal,
): Promise<void> {
  health.bad(component, "not reached yet");
  while (!signal.aborted) {
    const reason = await notReady(client, database);
    const well = reason === undefined;
    if (well) health.good(component);
    else health.bad(component, reason);
    await sleep(well ? 2000 : 200, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function notReady(client: ClickHouseClient, database: string): Promise<string | undefined> {
  try {
    const result = await client.query({
      query: `SELECT max(Version) AS version FROM ${quoteIdentifier(database)}.schema_migrations`,
      format: "JSONEachRow",
    });
    const [row] = await result.json<{ version: number }>();
    const version = row?.version ?? 0;
    if (version >= needed) return undefined;
    return `its tables are those of migration ${version} of ${needed}: run hotspan migrate`;
  } catch (error) {
    if (error instanceof ClickHouseError && missing.has(error.code))
      return "the tables are missing: run hotspan migrate";
    return error instanceof Error ? error.message : String(error);
  }
}
