import { type Command, Option } from "commander";
import { resolve } from "node:path";
import { deleteData, type DeleteOptions } from "../commands/delete.ts";
import { doctor } from "../commands/doctor.ts";
import { migrateCommand, type MigrateOptions } from "../commands/migrate.ts";
import { parseClickHouse, parsePid, parseShards } from "../options.ts";
import { correlatorOption, dataOption } from "./shared-options.ts";

/** What an operator does to tables, and to find what is wrong. */
export function addUpkeep(program: Command): void {
  program
    .command("delete")
    .summary("delete what is stored of a service, of traces, or of a label")
    .description(
      "Deletes everything that is stored of a service, of traces, or of a label that a program set; for good, from all tables.",
    )
    .option("--service <name>", "everything of this service")
    .option("--trace <ids...>", "these traces, 32 hex digits each, at most 1000")
    .option("--label <key:value>", "samples that carry this label; windows forget it")
    .option("--yes", "do not ask", false)
    .option("--no-wait", "print the job's address and do not wait for its end")
    .addOption(correlatorOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
The job goes on if this command is ended. It covers what was received before, and for two days what arrives late. The tables and what
is kept elsewhere (Kafka, dead letters): docs/deletion.md. HOTSPAN_TOKEN is sent where it is set.

Examples:
  $ hotspan delete --service checkout
  $ hotspan delete --trace 7c1e0f4b9a3d52e8c4f10c2d94ea7715 --yes
  $ hotspan delete --label user:4711 --no-wait --yes`,
    )
    .action(async ({ data, ...options }: DeleteOptions & { data: string }) => {
      process.exitCode = await deleteData({ ...options, data: resolve(data) });
    });

  program
    .command("migrate")
    .summary("create or update the tables on a ClickHouse server")
    .description(
      "Creates or updates Hotspan's tables on a ClickHouse server. `hotspan up` does so by itself.",
    )
    .addOption(
      new Option(
        "--clickhouse <url>",
        "http://user:password@host:8123/database; default: HOTSPAN_CLICKHOUSE_URL, _USER, _PASSWORD and _DATABASE",
      ).argParser(parseClickHouse),
    )
    .addOption(
      new Option(
        "--shards <urls>",
        "of a cluster: a server of each shard, in the order of its definition; default: HOTSPAN_CLICKHOUSE_SHARDS",
      ).argParser(parseShards),
    )
    .option("--cluster <name>", "its name in remote_servers; default: HOTSPAN_CLICKHOUSE_CLUSTER, or hotspan")
    .option("--replicated", "shards have several servers, and Keeper (experimental)")
    .addHelpText(
      "after",
      `
Also sets how long data is kept, as HOTSPAN_RETENTION_SAMPLES_DAYS, _SLOW_DAYS, _WINDOWS_DAYS, _STACKS_DAYS and _SPANS_DAYS say (what
is not set stays), and where views read spans, as HOTSPAN_TRACES_TABLE says: docs/storage.md. Several servers: docs/cluster.md.

Examples:
  $ hotspan migrate --clickhouse http://admin:secret@clickhouse:8123/hotspan
  $ HOTSPAN_RETENTION_SAMPLES_DAYS=14 hotspan migrate --clickhouse http://admin:secret@clickhouse:8123/hotspan
  $ HOTSPAN_CLICKHOUSE_USER=admin HOTSPAN_CLICKHOUSE_PASSWORD=secret \\
      hotspan migrate --shards http://one:8123,http://two:8123 --cluster hotspan`,
    )
    .action((options: MigrateOptions) => migrateCommand(options, process.env));

  program
    .command("doctor")
    .summary("check the installation, the running instance, and agents")
    .description(
      "Checks the installation and the running instance, and lists the agents in this user's processes; says what to do about what is wrong.",
    )
    .addOption(
      new Option("--pid <pid>", "ask the agent in this process, and nothing else").argParser(parsePid),
    )
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Exits with 0 when nothing failed (warnings allowed), else 1.

Examples:
  $ hotspan doctor --data /var/lib/hotspan
  $ hotspan doctor --pid 4711`,
    )
    .action(async ({ data, pid }: { data: string; pid?: number }) => {
      process.exitCode = await doctor(resolve(data), pid);
    });
}
