import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRunFile, removeRunFile, writeRunFile, type RunFile } from "./run-file.ts";

const run: RunFile = {
  url: "http://127.0.0.1:4600",
  ingestUrl: "http://127.0.0.1:4318",
  clickhouse: {
    httpUrl: "http://127.0.0.1:8123",
    tcpPort: 9000,
    database: "hotspan",
    readerUser: "hotspan_reader",
    readerPassword: "secret",
  },
  pids: { clickhouse: 1 },
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-run-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a run file comes back as it was written, for its owner's eyes, and nothing else is left", () => {
  writeRunFile(folder, { ...run, url: "http://127.0.0.1:1" });
  writeRunFile(folder, run);
  expect(readRunFile(folder)).toEqual(run);
  expect(statSync(join(folder, "run.json")).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["run.json"]);
  removeRunFile(folder);
  expect(readRunFile(folder)).toBeUndefined();
});

test.each(["{", "[]", "null", '{"url":"x"}'])("%s is no run file", (text) => {
  writeFileSync(join(folder, "run.json"), text);
  expect(() => readRunFile(folder)).toThrow(
    expect.objectContaining({ code: "HOTSPAN_STORE_RUN_FILE_INVALID" }),
  );
});
