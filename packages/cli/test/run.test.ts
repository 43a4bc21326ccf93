import { removeRunFile, writeRunFile } from "@hotspan/store";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan, start, until } from "./support/hotspan.ts";

// `run` needs an address, not a server: an agent whose correlator is away must not be noticed by its program.
const data = mkdtempSync(join(tmpdir(), "hotspan-run-"));
const ingestUrl = "http://127.0.0.1:9";

beforeAll(() => {
  writeRunFile(data, {
    url: "http://127.0.0.1:9",
    ingestUrl,
    clickhouse: { httpUrl: "http://127.0.0.1:9", database: "d", readerUser: "r", readerPassword: "p" },
    pids: { supervisor: process.pid },
  });
});
afterAll(() => {
  removeRunFile(data);
  rmSync(data, { recursive: true, force: true });
});

const run = (script: string, env?: NodeJS.ProcessEnv): Parameters<typeof hotspan> => [
  ["run", "--data", data, "--", process.execPath, "-e", script],
  env,
];

test("the program's exit code is the command's", async () => {
  expect((await hotspan(...run("process.exit(23)"))).code).toBe(23);
  expect((await hotspan(...run("0"))).code).toBe(0);
  const missing = await hotspan(["run", "--data", data, "--", "no-such-program-here"]);
  expect(missing.code).toBe(127);
  expect(missing.stderr).toContain("no-such-program-here: command not found");
});

test("the program gets the agent and the addresses beside what was set", async () => {
  const script = `console.log(JSON.stringify([process.env.NODE_OPTIONS, process.env.OTEL_EXPORTER_OTLP_ENDPOINT, process.env.HOTSPAN_ENDPOINT]))`;
  const { stdout } = await hotspan(...run(script, { NODE_OPTIONS: "--no-deprecation" }));
  const [options, otlp, endpoint] = JSON.parse(stdout) as [string, string, string];
  expect(options).toMatch(/^--no-deprecation --import=file:\/\/\S+\/register\.\w+$/);
  expect([otlp, endpoint]).toEqual([ingestUrl, ingestUrl]);
});

test("options after the program's name are the program's", async () => {
  const { stdout } = await hotspan(["run", "--data", data, process.execPath, "--version"]);
  expect(stdout.trim()).toBe(process.version);
});

test("signals reach the program, and its death is the command's", async () => {
  const caught = start(
    run("process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 9e8); console.log('up')")[0],
  );
  await until("the program runs", () => caught.output().includes("up"));
  caught.child.kill("SIGTERM");
  expect((await caught.ended).code).toBe(5);
  const killed = await hotspan(...run("process.kill(process.pid, 'SIGTERM')"));
  expect(killed.signal).toBe("SIGTERM");
});

test("without an instance nothing is run", async () => {
  const { code, stderr } = await hotspan([
    "run",
    "--data",
    join(data, "none"),
    "--",
    process.execPath,
    "-e",
    "0",
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("npx hotspan up");
});
