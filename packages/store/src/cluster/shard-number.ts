import { ClickHouseError, type ClickHouseClient } from "@clickhouse/client";
import { quoteIdentifier } from "../identifier.ts";
import { shardDatabase } from "./names.ts";

/** Which shard of `database` a server is, from 1; undefined where no cluster was set up. */
export async function readShardNumber(
  client: ClickHouseClient,
  database: string,
): Promise<number | undefined> {
  try {
    const result = await client.query({
      query: `SELECT Number FROM ${quoteIdentifier(shardDatabase(database))}.shard_number LIMIT 1`,
      format: "JSONEachRow",
    });
    return (await result.json<{ Number: number }>())[0]?.Number;
  } catch (error) {
    if (error instanceof ClickHouseError && absent.has(error.code)) return undefined;
    throw error;
  }
}

/** UNKNOWN_TABLE, UNKNOWN_DATABASE: the client's own one perhaps. */
const absent: ReadonlySet<string> = new Set(["60", "81"]);
