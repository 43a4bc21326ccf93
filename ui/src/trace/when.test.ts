import { expect, test } from "vitest";
import { localTime } from "./when.ts";

test("a time is told in the reader's zone, which is named", () => {
  const at = Date.UTC(2026, 10, 23, 23, 41, 7, 31);
  expect(localTime(at, "UTC")).toBe("23 Nov 2026, 23:41:07.031 UTC");
  expect(localTime(at, "Europe/Berlin")).toBe("24 Nov 2026, 00:41:07.031 GMT+1");
  expect(localTime(at, "America/New_York")).toBe("23 Nov 2026, 18:41:07.031 EST");
});
