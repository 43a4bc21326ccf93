import { expect, test } from "vitest";
import { parseOffsets } from "./dlq.ts";

test("offsets are numbers and ranges", () => {
  expect(parseOffsets("3,5-9")).toEqual([
    { first: 3n, last: 3n },
    { first: 5n, last: 9n },
  ]);
  for (const text of ["", "a", "5-", "9-5", "1,,2", "-1"]) expect(() => parseOffsets(text)).toThrow("3,5-9");
});
