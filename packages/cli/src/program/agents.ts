import { type Command, Option } from "commander";
import { resolve } from "node:path";
import { type IngestOptions, ingest } from "../commands/ingest.ts";
import { type ProfileOptions, profile } from "../commands/profile.ts";
import { runProgram } from "../commands/run.ts";
import { notEmpty, wholeNumber } from "../options.ts";
import { correlatorOption, dataOption } from "./shared-options.ts";

/** What has agents sample, and takes what they kept. */
export function addAgents(program: Command): void {
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
}
