import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ServerLog } from "./log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the log never takes more than two files of its size", () => {
  const path = join(folder, "clickhouse.log");
  const log = new ServerLog(path, 1000);
  for (let i = 0; i < 500; i++) log.write(`line ${i}\n`);
  log.close();
  expect(statSync(path).size).toBeLessThanOrEqual(1000);
  expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(1000);
  expect(readFileSync(path, "utf8")).toContain("line 499");
});

test("the last lines are whole whatever the chunks, without the engine's nameless frames", () => {
  const log = new ServerLog(join(folder, "clickhouse.log"));
  log.write("Code: 4");
  log.write(
    "97. DB::Exception\n0. ? @ 0x000000001c8fa4b3\n20. __glibc_morecore @ 0x0000000000096052\nunfini",
  );
  expect(log.tail()).toBe("Code: 497. DB::Exception\nunfini");
  log.close();
  expect(existsSync(`${log.path}.1`)).toBe(false);
});

test.runIf(existsSync("/dev/full"))("a full disk costs lines, not whoever writes them", () => {
  const log = new ServerLog("/dev/full");
  log.write("Code: 243. DB::Exception: Cannot reserve\nmore\n");
  expect(log.tail()).toBe("Code: 243. DB::Exception: Cannot reserve\nmore");
  log.close();
});
