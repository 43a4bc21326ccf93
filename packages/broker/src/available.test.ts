import { expect, test } from "vitest";
import { javaVersion } from "./available.ts";

test("the major version of Java is read in the new and the old scheme", () => {
  expect(javaVersion('openjdk version "17.0.15" 2025-04-15')).toBe(17);
  expect(javaVersion('java version "1.8.0_402"')).toBe(8);
  expect(javaVersion('openjdk version "25" 2025-09-16')).toBe(25);
  expect(javaVersion("sh: java: not found")).toBeUndefined();
});
