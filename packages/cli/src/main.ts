import { CommanderError } from "commander";
import { misspelt, misspeltText } from "@hotspan/environment";
import { CliError, EXIT, messageOf } from "./errors.ts";
import { createProgram, withSubcommands } from "./program/index.ts";

/** Runs the command line `argv` (as `process.argv`) and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // Who reads has seen enough, as `| head` does.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  const program = createProgram();
  for (const command of withSubcommands(program)) {
    command.exitOverride();
    // Empty is as good as not set, as for the servers.
    for (const { envVar } of command.options)
      if (envVar !== undefined && process.env[envVar] === "") delete process.env[envVar];
  }
  for (const one of misspelt(process.env)) console.error(`hotspan: ${misspeltText(one)}`);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Says what went wrong on stderr and returns the exit code. */
function report(error: unknown): number {
  // commander has printed its own message already; --help and --version come here with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === "string" && code.startsWith("HOTSPAN_");
  console.error(`hotspan: ${messageOf(error)}${known ? ` [${code}]` : ""}`);
  if (!known && error instanceof Error && process.env["HOTSPAN_LOG_LEVEL"] === "debug")
    console.error(error.stack);
  return error instanceof CliError ? error.exitCode : EXIT.failure;
}
