import { Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import type { DlqOptions, LetterFilter, OffsetRange, ReplayOptions } from "../commands/dlq.ts";
import { parseBrokers, wholeNumber } from "../options.ts";
import { dataOption } from "./shared-options.ts";

/** `3`, `5-9`, `3,5-9`: offsets of letters. */
export function parseOffsets(text: string): readonly OffsetRange[] {
  return text.split(",").map((part) => {
    const [, first, last = first] = /^\s*(\d{1,19})(?:-(\d{1,19}))?\s*$/.exec(part) ?? [];
    if (first === undefined || last === undefined || BigInt(last) < BigInt(first))
      throw new InvalidArgumentError("Offsets are numbers and ranges: 3,5-9.");
    return { first: BigInt(first), last: BigInt(last) };
  });
}

function parseOffset(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError("An offset is a whole number from 0 on.");
  return BigInt(text);
}

const partitionOption = (): Option =>
  new Option("--partition <n>", "only this partition of the dead-letter topic").argParser(
    wholeNumber(0, 100_000),
  );

function filters(command: Command): Command {
  return command
    .addOption(new Option("--offset <offsets>", "only these letters: 3,5-9").argParser(parseOffsets))
    .option("--code <code>", "only those with this error code")
    .option("--from <topic>", "only those whose record came from this topic")
    .addOption(partitionOption());
}

const absolute = <T extends { readonly data: string }>(options: T): T => ({
  ...options,
  data: resolve(options.data),
});

type Filters = Omit<LetterFilter, "offsets"> & { readonly offset?: readonly OffsetRange[] };
const filterOf = ({ offset, code, from, partition }: Filters): LetterFilter => ({
  ...(offset === undefined ? {} : { offsets: offset }),
  ...(code === undefined ? {} : { code }),
  ...(from === undefined ? {} : { from }),
  ...(partition === undefined ? {} : { partition }),
});

// The Kafka client is loaded for these commands only.
const commands = (): Promise<typeof import("../commands/dlq.ts")> => import("../commands/dlq.ts");

/** `hotspan dlq …`. */
export function dlqCommand(): Command {
  const connection = (command: Command): Command =>
    command
      .addOption(
        new Option("--brokers <brokers>", "host:port,… instead of those of the instance on --data")
          .env("HOTSPAN_KAFKA_BROKERS")
          .argParser(parseBrokers),
      )
      .addOption(dataOption());
  const dlq = new Command("dlq")
    .summary("look at records nobody could read, and replay them")
    .description(
      "Lists, shows and replays dead letters: records of Kafka that the correlator could not read, kept in hotspan.dlq with the reason.",
    )
    .addHelpText(
      "after",
      `
TLS and SASL as for the correlator: HOTSPAN_KAFKA_SECURITY_PROTOCOL and others. Looking joins no group and changes nothing.

Examples:
  $ hotspan dlq list
  $ hotspan dlq show 17
  $ hotspan dlq replay --code HOTSPAN_WIRE_VERSION_UNSUPPORTED --dry-run`,
    );

  filters(connection(dlq.command("list")))
    .summary("list dead letters, oldest first")
    .description("Lists dead letters, oldest first: where each came from and why it was refused.")
    .addOption(new Option("--limit <n>", "at most so many").argParser(wholeNumber(1, 1_000_000)).default(100))
    .option("--json", "a JSON object a line, without values")
    .addHelpText(
      "after",
      `
Examples:
  $ hotspan dlq list --code HOTSPAN_WIRE_TIME_OUT_OF_RANGE
  $ hotspan dlq list --brokers kafka:9092 --from otlp_spans --json`,
    )
    .action(async (options: DlqOptions & Filters & { limit: number; json?: boolean }) => {
      const { listLetters } = await commands();
      process.exitCode = await listLetters({
        ...absolute(options),
        ...filterOf(options),
        json: options.json ?? false,
      });
    });

  connection(dlq.command("show"))
    .summary("show one dead letter")
    .description(
      "Shows one dead letter: reason, source, key and headers of the record, and how its value begins.",
    )
    .argument("<offset>", "its offset in hotspan.dlq", parseOffset)
    .addOption(partitionOption())
    .option("--value <file>", "write the record's value to this file instead; -: to stdout")
    .addHelpText(
      "after",
      `
Examples:
  $ hotspan dlq show 17
  $ hotspan dlq show 17 --value window.zst`,
    )
    .action(async (offset: bigint, options: DlqOptions & { partition?: number; value?: string }) => {
      const { showLetter } = await commands();
      process.exitCode = await showLetter(offset, absolute(options));
    });

  filters(connection(dlq.command("replay")))
    .summary("write the records of dead letters to their topics again")
    .description(
      "Writes the records of dead letters to the topic and partition they came from, as they were: key, headers, value.",
    )
    .option("--all", "every letter", false)
    .option("--to <topic>", "write to this topic instead")
    .option("--dry-run", "only say what would be written", false)
    .addHelpText(
      "after",
      `
For when the reason is gone: a correlator of a newer version, a limit that was raised. A record that still cannot be read becomes
a dead letter again, and windows and spans older than 24 h are refused. Letters stay in hotspan.dlq: replay each once. Windows
that are stored already are dropped, spans are stored again.
Exits with 1 when a letter could not be replayed.

Examples:
  $ hotspan dlq replay --offset 17,20-25
  $ hotspan dlq replay --code HOTSPAN_WIRE_VERSION_UNSUPPORTED --dry-run`,
    )
    .action(async (options: Omit<ReplayOptions, "offsets"> & Filters) => {
      const { replayLetters } = await commands();
      process.exitCode = await replayLetters({ ...absolute(options), ...filterOf(options) });
    });
  return dlq;
}
