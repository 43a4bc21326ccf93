import { isScope, type Scope, SCOPES } from "@hotspan/access";
import { Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import type { TokenOptions } from "../commands/token.ts";
import { dataOption } from "./shared-options.ts";

/** `--scope ingest --scope read`, or `--scope ingest,read`. */
export function parseScopes(text: string, before: readonly Scope[] = []): readonly Scope[] {
  const named = text.split(",").map((one) => one.trim());
  const wrong = named.find((one) => !isScope(one));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`${wrong} is none; scopes are ${SCOPES.join(", ")}.`);
  return [...before, ...named.filter(isScope)];
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };

/** `12h`, `90d`, or a time as RFC 3339; in Unix ms. */
export function parseExpiry(text: string, nowMs: number = Date.now()): number {
  const [, count, unit] = /^([1-9]\d{0,4})([hd])$/.exec(text) ?? [];
  const at =
    count !== undefined && unit !== undefined
      ? nowMs + Number(count) * (UNITS[unit] ?? Number.NaN)
      : /^\d{4}-\d\d-\d\d([Tt ]\S+)?$/.test(text)
        ? Date.parse(text)
        : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("It reads 90d, 12h or 2027-01-31T00:00:00Z.");
  if (at <= nowMs) throw new InvalidArgumentError("That is over already.");
  return at;
}

function parseName(text: string): string {
  if (!/^[\w.@-]{1,64}$/.test(text))
    throw new InvalidArgumentError("A name is up to 64 letters, digits and any of . _ @ -");
  return text;
}

const options = ({ data, file }: { data: string; file?: string }): TokenOptions => ({
  data: resolve(data),
  file: file === undefined ? undefined : resolve(file),
});

const commands = (): Promise<typeof import("../commands/token.ts")> => import("../commands/token.ts");

/** `hotspan token …`. */
export function tokenCommand(): Command {
  const where = (command: Command): Command =>
    command
      .addOption(
        new Option("--file <path>", "the tokens file, instead of tokens.json in the data folder").env(
          "HOTSPAN_TOKENS_FILE",
        ),
      )
      .addOption(dataOption());
  const token = new Command("token")
    .summary("make, list and revoke bearer tokens")
    .description(
      "Makes, lists and revokes bearer tokens with scopes. A running instance follows the file; once it is there every request needs a token.",
    )
    .addHelpText(
      "after",
      `
Scopes: ingest sends profiles and spans; read sees traces and profiles; sql runs statements, which read everything; admin deletes
data and has services sampled on demand. HOTSPAN_TOKEN of the servers has all of them. docs/security.md tells more.

Examples:
  $ hotspan token create --name agents --scope ingest
  $ hotspan token create --name dashboards --scope read --scope sql --expires 90d
  $ hotspan token list
  $ hotspan token revoke dashboards`,
    );

  where(token.command("create"))
    .summary("make a token and print it, once")
    .description("Makes a token and prints it to stdout. It is shown once: the file keeps its digest.")
    .addOption(
      new Option("--name <name>", "what it is for; unique").argParser(parseName).makeOptionMandatory(),
    )
    .addOption(
      new Option("--scope <scope>", `what it may: ${SCOPES.join(", ")}; may be repeated`)
        .argParser(parseScopes)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--expires <when>", "90d, 12h or a time; default: never").argParser((text: string) =>
        parseExpiry(text),
      ),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ HOTSPAN_TOKEN=$(hotspan token create --name checkout --scope ingest) node --import @hotspan/agent/register app.js
  $ hotspan token create --name ci --scope read --expires 2027-01-31`,
    )
    .action(
      async (given: {
        name: string;
        scope: readonly Scope[];
        expires?: number;
        data: string;
        file?: string;
      }) => {
        const { printNewToken } = await commands();
        const { name, scope: scopes, expires: expiresAtMs } = given;
        process.exitCode = printNewToken(options(given), { name, scopes, expiresAtMs });
      },
    );

  where(token.command("list"))
    .summary("list tokens")
    .description(
      "Lists tokens: their names, scopes and when they expire. The tokens themselves are not kept.",
    )
    .option("--json", "as JSON", false)
    .action(async (given: { json: boolean; data: string; file?: string }) => {
      const { listTokens } = await commands();
      process.exitCode = listTokens(options(given), given.json);
    });

  where(token.command("revoke"))
    .summary("revoke a token")
    .description("Revokes a token: running servers refuse it within a second.")
    .argument("<token>", "its name, or its id")
    .action(async (nameOrId: string, given: { data: string; file?: string }) => {
      const { dropToken } = await commands();
      process.exitCode = dropToken(options(given), nameOrId);
    });
  return token;
}
