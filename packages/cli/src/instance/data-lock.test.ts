import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startMark } from "../process/alive.ts";
import { lockData } from "./data-lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-lock-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("the folder is created for its owner alone", () => {
  const data = join(folder, "new", "data");
  const lock = lockData(data);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(readdirSync(data)).toEqual(["lock"]);
  lock.release();
  expect(readdirSync(data)).toEqual([]);
});

test("a second owner is told whose it is", () => {
  const lock = lockData(folder);
  expect(() => lockData(folder)).toThrow(`kill ${process.pid}`);
  lock.release();
  lockData(folder).release();
});

test("the lock of a process that is gone is taken over", () => {
  // Beyond the largest pid of any Linux.
  writeFileSync(join(folder, "lock"), JSON.stringify({ pid: 2 ** 22 + 1 }));
  lockData(folder).release();
});

test("a damaged lock is taken over", () => {
  writeFileSync(join(folder, "lock"), "{");
  lockData(folder).release();
});

test.runIf(startMark(process.pid) !== undefined)("a pid that means another process now is no owner", () => {
  writeFileSync(join(folder, "lock"), JSON.stringify({ pid: process.pid, mark: "an earlier boot/1" }));
  const lock = lockData(folder);
  expect(readdirSync(folder)).toEqual(["lock"]);
  lock.release();
});

test("a folder that cannot be made is an error that names --data", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => lockData(join(folder, "file", "data"))).toThrow("choose another with --data");
});

test.runIf(process.platform === "linux")(
  "nor does it hold the start for ever where the system makes none",
  () => {
    expect(() => lockData("/proc/hotspan/data")).toThrow("choose another with --data");
  },
);
