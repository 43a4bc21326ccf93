import { migrateAt, migrateShards } from "../instance/store.ts";
import { CliError } from "../errors.ts";
import { type ClickHouseAddress, clickHouseFromEnv, shardsFromEnv } from "../options.ts";

export interface MigrateOptions {
  readonly clickhouse?: ClickHouseAddress;
  readonly shards?: readonly string[];
  readonly cluster?: string;
  readonly replicated?: boolean;
}

/** Brings the tables of a ClickHouse server, or of all shards of a cluster, up to date. */
export async function migrateCommand(options: MigrateOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const shards = options.shards ?? shardsFromEnv(env);
  if (shards === undefined && (options.cluster !== undefined || options.replicated === true)) {
    throw new CliError(
      "HOTSPAN_CLI_USAGE",
      "a cluster needs --shards with the address of a server of each shard, or HOTSPAN_CLICKHOUSE_SHARDS.",
    );
  }
  const say = (text: string): void => console.log(`  ${text}`);
  const url = env["HOTSPAN_CLICKHOUSE_URL"] || shards?.[0];
  const address = options.clickhouse ?? clickHouseFromEnv({ ...env, HOTSPAN_CLICKHOUSE_URL: url });
  const { database } = address;
  const cluster = options.cluster ?? (env["HOTSPAN_CLICKHOUSE_CLUSTER"] || "hotspan");
  const { applied, changed } =
    shards === undefined
      ? await migrateAt(address, env, say)
      : await migrateShards(
          address,
          shards,
          { database, cluster, replicated: options.replicated === true },
          env,
          say,
        );
  const what = applied === 0 && changed.length === 0 ? "were up to date already" : "are up to date";
  const where = shards === undefined ? address.url : `${shards.length} shards`;
  console.log(`The tables of database ${database} on ${where} ${what}.`);
}
