import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownFolder, runtimeFolders } from "./runtime-folder.ts";
import { StatusFile } from "./status-file.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "hotspan-status-"));
});
afterEach(() => rmSync(base, { recursive: true }));

const written = async (enough: () => boolean): Promise<void> => {
  while (!enough()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test("the session's folder comes before the temporary one", () => {
  expect(runtimeFolders({ XDG_RUNTIME_DIR: "/run/user/7" }, 7)).toEqual([
    "/run/user/7/hotspan-7",
    join(tmpdir(), "hotspan-7"),
  ]);
  expect(runtimeFolders({ XDG_RUNTIME_DIR: "relative" }, 7)).toEqual([join(tmpdir(), "hotspan-7")]);
});

test("a folder that others can read, a link and a file are left alone", async () => {
  const open = join(base, "open");
  mkdirSync(open);
  chmodSync(open, 0o755);
  const link = join(base, "link");
  symlinkSync(base, link);
  const file = join(base, "file");
  writeFileSync(file, "");
  const fresh = join(base, "fresh");
  expect(await ownFolder([open, link, file, join(base, "no/parent")])).toBe(undefined);
  expect(await ownFolder([open, fresh])).toBe(fresh);
  expect(statSync(fresh).mode & 0o777).toBe(0o700);
});

test("it is for its user only, holds the latest text, and is gone with its listener", async () => {
  const listeners = process.listenerCount("exit");
  const folder = join(base, "own");
  const path = join(folder, `${process.pid}.json`);
  const file = new StatusFile([folder]);
  for (let i = 0; i <= 100; i++) file.write(() => String(i));
  await written(() => existsSync(path) && readFileSync(path, "utf8") === "100");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual([`${process.pid}.json`]);
  writeFileSync(join(folder, `${process.pid}.3.json`), "of a thread that was terminated");
  writeFileSync(join(folder, `${process.pid}0.json`), "of another process");
  file.remove();
  expect(readdirSync(folder)).toEqual([`${process.pid}0.json`]);
  expect(process.listenerCount("exit")).toBe(listeners);
  file.write(() => "late");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(existsSync(path)).toBe(false);
});

test("removed in the middle of a write it does not come back", async () => {
  const folder = join(base, "own");
  for (let i = 0; i < 50; i++) {
    const file = new StatusFile([folder]);
    file.write(() => "x".repeat(10_000));
    await new Promise((resolve) => setTimeout(resolve, (i % 5) / 2));
    file.remove();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(readdirSync(folder)).toEqual([]);
});
