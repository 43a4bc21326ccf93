import { Command, InvalidArgumentError, Option } from "commander";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { deleteData, type DeleteOptions } from "./commands/delete.ts";
import { doctor } from "./commands/doctor.ts";
import { type IngestOptions, ingest } from "./commands/ingest.ts";
import { migrateCommand, type MigrateOptions } from "./commands/migrate.ts";
import { type ProfileOptions, profile } from "./commands/profile.ts";
import { type RegressionsOptions, regressions } from "./commands/regressions.ts";
import { runProgram } from "./commands/run.ts";
import { formatName, knownFormats, sql } from "./commands/sql.ts";
import { up } from "./commands/up.ts";
import { why } from "./commands/why.ts";
import { dlqCommand } from "./dlq-program.ts";
import { tokenCommand } from "./token-program.ts";
import {
  notEmpty,
  parseBrokers,
  parseClickHouse,
  parsePid,
  parsePort,
  parseShards,
  parseSize,
  parseUrl,
  type UpOptions,
  wholeNumber,
} from "./options.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const HELP_HINT = "(--help tells more)";

const dataOption = (): Option =>
  new Option("--data <folder>", "data folder of the instance")
    .env("HOTSPAN_DATA")
    .argParser(notEmpty("A folder has a name."))
    .default(".hotspan");

const urlOption = (): Option =>
  new Option("--url <url>", "address of the API, instead of the instance on --data").argParser(parseUrl);

const correlatorOption = (): Option =>
  new Option("--correlator <url>", "address of the correlator, instead of the instance on --data").argParser(
    parseUrl,
  );

/** A command and all below it. */
export function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function upOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--host <address>", "address to listen on")
        .argParser(notEmpty("An address is an IP address or a host name of this machine."))
        .default("127.0.0.1"),
    )
    .addOption(
      new Option("--port <port>", "port of the UI and the API; 0: any free one")
        .argParser(parsePort)
        .default(4600),
    )
    .addOption(
      new Option("--ingest-port <port>", "port for profiles and OTLP/HTTP traces; 0: any free one")
        .argParser(parsePort)
        .default(4318),
    )
    .addOption(dataOption())
    .addOption(
      new Option(
        "--kafka [brokers]",
        "carry profiles over Kafka: these brokers (host:port,…), or one started here",
      ).argParser(parseBrokers),
    )
    .addOption(
      new Option(
        "--clickhouse <url>",
        "use this server instead of the embedded one: http://user:password@host:8123/database",
      ).argParser(parseClickHouse),
    )
    .addOption(
      new Option("--max-disk <size>", "most that tables and ingest log may take, then ingest pauses: 20GB")
        .env("HOTSPAN_MAX_DISK")
        .argParser(parseSize),
    )
    .addOption(
      new Option(
        "--insecure-no-token",
        "with --host: serve everybody who reaches the address, without a token",
      ).default(false),
    );
}

const absolute = (options: UpOptions): UpOptions => ({ ...options, data: resolve(options.data) });

/** The command line. Each action leaves its exit code in `process.exitCode`. */
export function createProgram(): Command {
  const program = new Command("hotspan")
    .description("Explains every millisecond of a slow span of a Node.js program.")
    .version(version, "-V, --version")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError(HELP_HINT)
    .addHelpText(
      "after",
      `
Examples:
  $ hotspan demo                       everything, with example services under load
  $ hotspan up                         everything but the examples
  $ hotspan run -- node app.js         a program with the agent attached
  $ hotspan profile --service cart     half a minute of samples at 500 Hz, now
  $ hotspan ingest FOLDER              windows that agents kept as files
  $ hotspan why TRACE                  where the time of a trace went
  $ hotspan regressions --fail         which endpoints a new version made slower
  $ hotspan sql "SHOW TABLES"
  $ hotspan dlq list                   records that could not be read
  $ hotspan delete --service cart      everything that is stored of a service
  $ hotspan token create --name ci --scope read

Environment:
  HOTSPAN_TOKEN   secret that clients must send; it, or \`hotspan token create\`, is needed for other than loopback addresses
  HOTSPAN_DATA    data folder, instead of --data

Exit codes: 0 done, 1 it failed, 2 wrong usage or configuration.`,
    );

  upOptions(program.command("up"))
    .summary("start Hotspan here and keep it running")
    .description(
      "Starts the store, the ingest, the API and the UI, and keeps them running until Ctrl-C or SIGTERM.",
    )
    .addHelpText(
      "after",
      `
Once everything is ready, FOLDER/run.json says how to reach it. Output of the parts: FOLDER/logs.
With --clickhouse, reads go out as HOTSPAN_CLICKHOUSE_READER_USER (and _PASSWORD), who should have SELECT only.
HOTSPAN_TRACES_TABLE=db.table reads spans from a table that a Collector fills; HOTSPAN_RETENTION_SAMPLES_DAYS and its like
(SLOW, WINDOWS, STACKS, SPANS) say how long data is kept: docs/storage.md.

Examples:
  $ hotspan up --port 0 --ingest-port 0          on any free ports
  $ hotspan up --kafka                           with a Kafka of its own (needs Java 17 and Maven)
  $ hotspan up --max-disk 20GB                   pause before the disk is full (docs/deletion.md)
  $ hotspan up --kafka=kafka1:9092,kafka2:9092 --clickhouse http://hotspan:secret@ch:8123/hotspan
  $ HOTSPAN_TOKEN=… hotspan up --host 0.0.0.0`,
    )
    .action(async (options: UpOptions) => {
      process.exitCode = await up(absolute(options), { demo: false });
    });

  upOptions(program.command("demo"))
    .summary("start Hotspan with example services under load")
    .description(
      "As `hotspan up`, and example services with planted causes of slowness under load. Ends with `Hotspan is ready: URL`.",
    )
    .addHelpText(
      "after",
      `
SHOP_RATE sets the requests per second (10), SHOP_CAUSES=none leaves out what makes them slow.

Examples:
  $ hotspan demo
  $ hotspan demo --kafka --port 4700`,
    )
    .action(async (options: UpOptions) => {
      process.exitCode = await up(absolute(options), { demo: true });
    });

  program
    .command("run")
    .summary("run a program with the agent attached")
    .description("Runs a program with the agent attached to the running instance, and exits as it does.")
    .argument("<command...>", "the program and its arguments, after --")
    .addOption(dataOption())
    .passThroughOptions()
    .addHelpText(
      "after",
      `
Adds the agent to NODE_OPTIONS and the instance's address to the environment; what is set already stays.

Examples:
  $ hotspan run -- node app.js
  $ OTEL_SERVICE_NAME=cart hotspan run -- npm start`,
    )
    .action(async (command: string[], { data }: { data: string }) => {
      process.exitCode = await runProgram(resolve(data), command);
    });

  program
    .command("profile")
    .summary("sample a service now, for a while and more densely")
    .description(
      "Asks the correlator of the running instance to have the agents of a service sample now, waits until they have, and says what was collected.",
    )
    .addOption(
      new Option("--service <name>", "the service")
        .argParser(notEmpty("A service has a name."))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--seconds <n>", "for how long, 1 to 600").argParser(wholeNumber(1, 600)).default(30),
    )
    .addOption(
      new Option("--hz <n>", "samples per second and thread, 1 to 1000")
        .argParser(wholeNumber(1, 1000))
        .default(500),
    )
    .option("--version <version>", "only this version of it")
    .option("--instance <id>", "only this instance, 32 hex digits")
    .addOption(correlatorOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Agents of every mode take part (at most 100) when they ask next, every 15 s or so. Starting a sampler stalls a process for 10 to
450 ms. HOTSPAN_TOKEN is sent where it is set.
Exits with 1 when no agent took part.

Examples:
  $ hotspan profile --service checkout
  $ hotspan profile --service checkout --seconds 60 --hz 199 --version 2.4.1`,
    )
    .action(async ({ data, ...options }: ProfileOptions & { data: string }) => {
      process.exitCode = await profile({ ...options, data: resolve(data) });
    });

  program
    .command("ingest")
    .summary("post the windows an agent kept as files")
    .description(
      "Posts the windows that agents with HOTSPAN_FILES left in a folder to the running instance, oldest first.",
    )
    .argument("<folder>", "the folder")
    .option("--delete", "remove each file once it was taken")
    .addOption(correlatorOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Posting a window twice does no harm: the second is dropped. Windows older than 24 h are refused. HOTSPAN_TOKEN is sent where it is
set.
Exits with 1 when a window was refused; each is named, and stays.

Examples:
  $ hotspan ingest /var/tmp/windows --delete
  $ HOTSPAN_TOKEN=… hotspan ingest windows --correlator https://ingest.hotspan.example.org`,
    )
    .action(
      async (
        folder: string,
        { data, delete: remove = false, correlator }: { data: string; delete?: boolean; correlator?: string },
      ) => {
        const options: IngestOptions = { folder: resolve(folder), remove, data: resolve(data) };
        process.exitCode = await ingest(correlator === undefined ? options : { ...options, correlator });
      },
    );

  program
    .command("sql")
    .summary("ask the store in SQL")
    .description("Runs one statement as the read-only user of the running instance.")
    .argument("[statement]", "the statement; - or none: from stdin")
    .addOption(
      new Option("-f, --format <name>", `${knownFormats()}, or any of ClickHouse's`)
        .default("table")
        .argParser((name) => {
          if (!/^\w+$/.test(formatName(name))) throw new InvalidArgumentError("A format's name is one word.");
          return name;
        }),
    )
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  $ hotspan sql "SELECT ServiceName, count() FROM profile_samples GROUP BY 1"
  $ hotspan sql --format csv "SELECT * FROM otel_traces LIMIT 10" > spans.csv`,
    )
    .action((statement: string | undefined, { format, data }: { format: string; data: string }) =>
      sql(resolve(data), statement, format),
    );

  program
    .command("why")
    .summary("say where the time of a trace or a span went")
    .description(
      "Prints the time ledger of a trace (along its critical path) or of one of its spans: what ran, what was waited for, and who held the event loop meanwhile. The rows sum to the duration.",
    )
    .argument("<trace>", "trace id, 32 hex digits")
    .argument("[span]", "span id, 16 hex digits")
    .option("--json", "print the API's answer")
    .addOption(urlOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Low and high are the 95 % interval. HOTSPAN_TOKEN is sent where it is set.
Exits with 1 when there is no ledger; the reason is printed.

Examples:
  $ hotspan why 7c1e0f4b9a3d52e8c4f10c2d94ea7715
  $ hotspan why 7c1e0f4b9a3d52e8c4f10c2d94ea7715 b6f10c2d94ea7715
  $ hotspan why --url https://hotspan.example.org --json 7c1e0f4b9a3d52e8c4f10c2d94ea7715`,
    )
    .action(
      async (
        trace: string,
        span: string | undefined,
        { data, url, json = false }: { data: string; url?: string; json?: boolean },
      ) => {
        process.exitCode = await why({ data: resolve(data), url }, trace, span, json);
      },
    );

  program
    .command("regressions")
    .summary("list the endpoints that a new version made slower")
    .description(
      "Compares each version of a service with the one before it, endpoint by endpoint, and lists those that became slower by more than chance, with what made them so.",
    )
    .option("--service <name>", "only this service")
    .option("--endpoint <name>", 'only this endpoint, as "GET /cart"')
    .option("--from <time>", "start: RFC 3339 or Unix ms; default: an hour before --to")
    .option("--to <time>", "end; default: now")
    .option("--fail", "exit with 1 when there is one")
    .option("--json", "print the API's answer")
    .addOption(urlOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
A version is compared once it and the one before it served 20 requests of an endpoint within the range.
Exits with 0; with --fail, for CI, with 1 when an endpoint became slower.

Examples:
  $ hotspan regressions --service checkout --from 2026-11-23T09:00:00Z
  $ HOTSPAN_TOKEN=… hotspan regressions --url https://hotspan.example.org --fail`,
    )
    .action(async ({ data, ...options }: RegressionsOptions & { data: string }) => {
      process.exitCode = await regressions({ ...options, data: resolve(data) });
    });

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

  program.addCommand(dlqCommand(dataOption));
  program.addCommand(tokenCommand(dataOption));

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

  // What is added as a whole inherits nothing.
  for (const command of withSubcommands(program)) command.showHelpAfterError(HELP_HINT);
  return program;
}
