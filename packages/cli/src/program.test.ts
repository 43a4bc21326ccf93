import type { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "./program.ts";

async function parse(...args: string[]): Promise<{ error: CommanderError | undefined; printed: string }> {
  let printed = "";
  const output = {
    writeErr: (text: string) => (printed += text),
    writeOut: (text: string) => (printed += text),
  };
  const program = createProgram();
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput(output);
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

  const names = createProgram().commands.map((command) => command.name());
  test.each(names)("%s --help has an example", async (name) => {
    const { error, printed } = await parse(name, "--help");
    expect(error?.exitCode).toBe(0);
    expect(printed).toMatch(/Examples?:\n {2}\$ /);
  });
});
