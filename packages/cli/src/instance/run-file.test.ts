import { writeRunFile } from "@hotspan/store";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { leftoverPids, readLiving, requireRunning } from "./run-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-run-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (supervisor: number) => ({
  url: "http://127.0.0.1:1",
  ingestUrl: "http://127.0.0.1:2",
  clickhouse: {
    httpUrl: "http://127.0.0.1:3",
    tcpPort: 4,
    database: "d",
    readerUser: "r",
    readerPassword: "p",
  },
  pids: { supervisor, store: supervisor },
});
/** Beyond the largest pid of any Linux. */
const NOBODY = 2 ** 22 + 1;

test("an instance runs while its supervisor lives", () => {
  expect(readLiving(folder)).toBeUndefined();
  writeRunFile(folder, run(process.pid));
  expect(requireRunning(folder)).toEqual(run(process.pid));
  writeRunFile(folder, run(NOBODY));
  expect(() => requireRunning(folder)).toThrow("no Hotspan runs");
  expect(leftoverPids(folder)).toEqual([NOBODY, NOBODY]);
});

test("a damaged file is said, and does not hinder a start", () => {
  writeFileSync(join(folder, "run.json"), "{");
  expect(() => requireRunning(folder)).toThrow("run.json");
  expect(leftoverPids(folder)).toEqual([]);
});
