import { expect, test } from "vitest";
import { cityHashOfId } from "./city-hash.ts";

test("an id hashes to what ClickHouse says", () => {
  // SELECT cityHash64('0123456789abcdef0123456789abcdef'); test/cluster.test.ts asks for random ones.
  expect(cityHashOfId("0123456789abcdef0123456789abcdef")).toBe(1759797222395115254n);
});

test("what is no id is refused", () => {
  expect(() => cityHashOfId("")).toThrow(RangeError);
  expect(() => cityHashOfId("é".repeat(31))).toThrow(RangeError);
});
