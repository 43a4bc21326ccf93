import { expect, test } from "vitest";
import { formatBytes, parseBytes } from "./bytes.ts";

test.each([
  ["20GB", 20e9],
  ["1.5TiB", 1.5 * 1024 ** 4],
  ["500 m", 500e6],
  ["512MiB", 512 * 1024 ** 2],
  ["4096", 4096],
  ["0", undefined],
  ["-1GB", undefined],
  ["GB", undefined],
  ["1XB", undefined],
  ["1e9", undefined],
  ["", undefined],
])("%s is %s bytes", (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test("bytes are written with a unit", () => {
  expect([999, 1000, 20_100_000_000, 5e15].map(formatBytes)).toEqual([
    "999 B",
    "1.0 kB",
    "20.1 GB",
    "5000.0 TB",
  ]);
});
