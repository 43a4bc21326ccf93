import { expect, test } from "vitest";
import { advice } from "./advice.ts";

test.each([
  ["25.8.2.29", "62", "Syntax error", "This is ClickHouse 25.8.2.29. Hotspan is tested with 26.7 and newer"],
  ["26.6.1.1", "115", "Unknown setting", "This is ClickHouse 26.6.1.1"],
  ["26.7.3.1", "243", "Cannot reserve 1.00 MiB", "The disk of ClickHouse is full"],
  ["25.8.2.29", undefined, "write failed: No space left on device", "The disk of ClickHouse is full"],
])("%s, %s: %s", (version, code, message, expected) => {
  expect(advice(version, code, message).slice(0, expected.length)).toBe(expected);
});

test.each(["26.7.3.1", "26.12.1.1", "27.1.1.1", "head"])("nothing is known of %s", (version) => {
  expect(advice(version, "62", "Syntax error")).toBe("");
});
