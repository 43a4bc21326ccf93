import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hotspan } from "./support/hotspan.ts";

// An installation in small: the launcher, beside it a "bundled Node" that only says that it was called.
const folder = mkdtempSync(join(tmpdir(), "hotspan-bin-"));
const launcher = join(folder, "packages", "cli", "bin", "hotspan.mjs");
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
beforeAll(() => {
  mkdirSync(join(folder, "packages", "cli", "bin"), { recursive: true });
  copyFileSync(fileURLToPath(new URL("../bin/hotspan.js", import.meta.url)), launcher);
});

function bundle(version: string): void {
  const home = join(folder, "node_modules", ".bin");
  mkdirSync(home, { recursive: true });
  const script = '#!/bin/sh\necho "bundled: $2 $3"\nexit 9\n';
  writeFileSync(join(home, "node"), script, { mode: 0o755 });
  // As in a package: bin/node beside package.json.
  writeFileSync(join(folder, "node_modules", "package.json"), JSON.stringify({ version }));
}

const launch = (): Promise<{ code: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [launcher, "up", "--kafka"], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });

test("an installation that is not built says so", async () => {
  expect(await launch()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("npm run build") as string,
  });
});

test("a newer bundled Node takes over, with the arguments and the exit code", async () => {
  bundle("99.0.0");
  expect(await launch()).toMatchObject({ code: 9, stdout: "bundled: up --kafka\n" });
});

test("an older bundled Node does not", async () => {
  bundle("18.0.0");
  expect(await launch()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("npm run build") as string,
  });
});

test("wrong usage exits with 2, of commands of commands too; an empty variable is one that is not set", async () => {
  for (const args of [["up", "--nope"], ["token", "create"], ["dlq", "show", "x"], ["dlq"]])
    expect(await hotspan(args)).toMatchObject({ code: 2, stdout: "" });
  const { code, stderr } = await hotspan(["sql", "SELECT 1"], { HOTSPAN_DATA: "" });
  expect([code, stderr]).toEqual([1, expect.stringContaining("no Hotspan runs on") as string]);
  expect(stderr).toContain(".hotspan: start one");
});
