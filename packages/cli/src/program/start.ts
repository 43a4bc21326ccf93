import { type Command, Option } from "commander";
import { resolve } from "node:path";
import { up } from "../commands/up.ts";
import { notEmpty, parseBrokers, parseClickHouse, parsePort, parseSize, type UpOptions } from "../options.ts";
import { dataOption } from "./shared-options.ts";

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

/** What starts Hotspan. */
export function addStart(program: Command): void {
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
SHOP_RATE sets the requests per second (10, fewer on a slow machine), SHOP_CAUSES=none leaves out what makes them slow.

Examples:
  $ hotspan demo
  $ hotspan demo --kafka --port 4700`,
    )
    .action(async (options: UpOptions) => {
      process.exitCode = await up(absolute(options), { demo: true });
    });
}
