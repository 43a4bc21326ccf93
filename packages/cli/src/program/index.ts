import { Command } from "commander";
import { readFileSync } from "node:fs";
import { addAgents } from "./agents.ts";
import { dlqCommand } from "./dlq.ts";
import { addQuestions } from "./questions.ts";
import { addStart } from "./start.ts";
import { tokenCommand } from "./token.ts";
import { addUpkeep } from "./upkeep.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const HELP_HINT = "(--help tells more)";

/** A command and all below it. */
export function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

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

  addStart(program);
  addAgents(program);
  addQuestions(program);
  program.addCommand(dlqCommand());
  program.addCommand(tokenCommand());
  addUpkeep(program);

  // What is added as a whole inherits nothing.
  for (const command of withSubcommands(program)) command.showHelpAfterError(HELP_HINT);
  return program;
}
