import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LogFile } from "./log-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-log-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("keeps the last 20 lines, the unfinished one too", () => {
  const log = new LogFile(join(folder, "a.log"));
  for (let i = 0; i < 30; i++) log.write(`line ${i}\n`);
  log.write("unfin");
  log.write(Buffer.from("ished"));
  expect(log.lastLines()).toHaveLength(21);
  expect(log.lastLines()[0]).toBe("line 10");
  expect(log.lastLines().at(-1)).toBe("unfinished");
  expect(readFileSync(log.path, "utf8")).toContain("line 0\n");
});

test("the files stay within two times 5 MB and a chunk", () => {
  const log = new LogFile(join(folder, "a.log"));
  const chunk = "x".repeat(999_999) + "\n";
  for (let i = 0; i < 15; i++) log.write(chunk);
  expect(existsSync(`${log.path}.1`)).toBe(true);
  expect(statSync(`${log.path}.1`).size).toBeLessThanOrEqual(6_000_000);
  expect(statSync(log.path).size).toBeLessThanOrEqual(6_000_000);
});
