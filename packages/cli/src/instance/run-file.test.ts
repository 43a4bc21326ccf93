import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  readRunFile,
  removeRunFile,
  requireRunning,
  type RunFile,
  runFilePath,
  writeRunFile,
} from "./run-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-run-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (supervisor: number): RunFile => ({
  url: "http://127.0.0.1:1",
  ingestUrl: "http://127.0.0.1:2",
  clickhouse: {
    httpUrl: "http://127.0.0.1:3",
    tcpPort: 4,
    database: "d",
    readerUser: "r",
    readerPassword: "p",
  },
  pids: { supervisor },
});

test("it is readable by its owner alone, and nothing else is left", () => {
  writeRunFile(folder, run(process.pid));
  expect(statSync(runFilePath(folder)).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["run.json"]);
  expect(requireRunning(folder)).toEqual(run(process.pid));
  removeRunFile(folder);
  expect(readRunFile(folder)).toBeUndefined();
});

test("without a living supervisor nothing runs", () => {
  expect(() => requireRunning(folder)).toThrow("hotspan up");
  writeRunFile(folder, run(2 ** 22 + 1));
  expect(() => requireRunning(folder)).toThrow("no Hotspan runs");
  writeFileSync(runFilePath(folder), "{");
  expect(() => requireRunning(folder)).toThrow("no Hotspan runs");
});
