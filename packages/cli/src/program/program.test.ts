import type { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram, withSubcommands } from "./index.ts";

async function parse(...args: string[]): Promise<{ error: CommanderError | undefined; printed: string }> {
  let printed = "";
  const output = {
    writeErr: (text: string) => (printed += text),
    writeOut: (text: string) => (printed += text),
  };
  const program = createProgram();
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput(output);
  const error = await program.parseAsync(["node", "hotspan", ...args]).then(
    () => undefined,
    (thrown: CommanderError) => thrown,
  );
  return { error, printed };
}

describe("the command line", () => {
  test("a mistyped command or option is answered with the likely one", async () => {
    expect((await parse("upp")).printed).toContain("Did you mean up?");
    expect((await parse("up", "--ingestport", "1")).printed).toContain("Did you mean --ingest-port?");
    expect((await parse("demo", "--prot", "1")).error?.exitCode).toBe(1);
  });

  test("a bad value is answered with what it should be", async () => {
    expect((await parse("up", "--port", "http")).printed).toContain(
      "A port is a number from 0 (any free one) to 65535.",
    );
    expect((await parse("up", "--kafka=nowhere")).printed).toContain("host:port");
    expect((await parse("migrate", "--clickhouse", "nowhere")).printed).toContain("It must read http://");
  });

  test("commands of commands say where help is, as all do", async () => {
    for (const args of [
      ["token", "create"],
      ["dlq", "show", "x"],
      ["dlq", "list", "--nope"],
      ["up", "--nope"],
    ])
      expect((await parse(...args)).printed).toMatch(/^error: .*\n\(--help tells more\)\n$/s);
  });

  test("what is empty, or no address, is said before anything runs", async () => {
    expect((await parse("up", "--data", "")).printed).toContain("A folder has a name.");
    expect((await parse("up", "--host", "")).printed).toContain("An address is");
    expect((await parse("profile", "--service", "")).printed).toContain("A service has a name.");
    for (const args of [
      ["why", "--url", "localhost:4600", "00"],
      ["regressions", "--url", "nowhere"],
      ["profile", "--service", "a", "--correlator", "ftp://there"],
      ["ingest", "folder", "--correlator", ""],
      ["delete", "--service", "a", "--correlator", "nowhere"],
    ])
      expect((await parse(...args)).printed).toContain("It must read http://host:port");
  });

  const names = createProgram().commands.map((command) => command.name());
  test.each(names)("%s --help has an example", async (name) => {
    const { error, printed } = await parse(name, "--help");
    expect(error?.exitCode).toBe(0);
    expect(printed).toMatch(/Examples?:\n {2}\$ /);
  });
});
