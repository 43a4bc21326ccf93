import type { ClickHouseClient } from "@clickhouse/client";
import { quoteIdentifier } from "../identifier.ts";
import { shardDatabase } from "./names.ts";

/** Which shard of `database` a server is, from 1; undefined where no cluster was set up. */
export async function readShardNumber(
  client: ClickHouseClient,
  database: string,
): Promise<number | undefined> {
  const local = shardDatabase(database);
  const found = await client.query({
    query: "SELECT 1 FROM system.tables WHERE database = {local:String} AND name = 'shard_number'",
    query_params: { local },
    format: "JSONEachRow",
  });
  if ((await found.json()).length === 0) return undefined;
  const result = await client.query({
    query: `SELECT Number FROM ${quoteIdentifier(local)}.shard_number LIMIT 1`,
    format: "JSONEachRow",
  });
  return (await result.json<{ Number: number }>())[0]?.Number;
}
