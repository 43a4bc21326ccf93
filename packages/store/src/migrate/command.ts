import { ClickHouseError, type ClickHouseClient } from "@clickhouse/client";
import { setTimeout as sleep } from "node:timers/promises";

// 57 TABLE_ALREADY_EXISTS, 82 DATABASE_ALREADY_EXISTS, 517 CANNOT_ASSIGN_ALTER: somebody else does the same right now.
const concurrent: ReadonlySet<string> = new Set(["57", "82", "517"]);
const maxAttempts = 10;

/** Runs an idempotent statement, again when another process was at the same. */
export async function command(client: ClickHouseClient, query: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.command({ query });
      return;
    } catch (error) {
      if (!(error instanceof ClickHouseError && concurrent.has(error.code)) || attempt === maxAttempts)
        throw error;
      await sleep(100 * attempt);
    }
  }
}
