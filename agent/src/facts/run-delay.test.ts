import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunDelay } from "./run-delay.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotspan-run-delay-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function written(text: string): RunDelay {
  const path = join(folder, "schedstat");
  writeFileSync(path, text);
  return new RunDelay(path);
}

test("is the second number of the kernel's three, nanoseconds", () => {
  const delay = written("29484838123 9007199254 1200\n");
  expect(delay.read()).toBe(9_007_199_254);
  delay.close();
});

test("is not known where the file is not there, says something else, or was closed", () => {
  expect(new RunDelay(join(folder, "none")).read()).toBeUndefined();
  const other = written("garbage");
  expect(other.read()).toBeUndefined();
  other.close();
  const closed = written("1 2 3\n");
  closed.close();
  closed.close();
  expect(closed.read()).toBeUndefined();
});

test.runIf(process.platform === "linux")("of the thread itself never shrinks", () => {
  const delay = new RunDelay();
  const first = delay.read();
  expect(first).toBeTypeOf("number");
  expect(delay.read()).toBeGreaterThanOrEqual(first as number);
  delay.close();
});
