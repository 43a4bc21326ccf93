import { type Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import { type RegressionsOptions, regressions } from "../commands/regressions.ts";
import { formatName, knownFormats, sql } from "../commands/sql.ts";
import { why } from "../commands/why.ts";
import { dataOption, urlOption } from "./shared-options.ts";

/** What asks about that which is stored. */
export function addQuestions(program: Command): void {
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
}
