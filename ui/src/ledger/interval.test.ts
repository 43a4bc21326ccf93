import { expect, test } from "vitest";
import { intervalTitle, isWide } from "./interval.ts";

test("an interval is told where its ends differ as they are written", () => {
  expect(intervalTitle({ low: 189e6, high: 193.5e6 })?.replaceAll(/\s/g, " ")).toBe(
    "95 % interval 189.0 – 193.5 ms",
  );
  expect(intervalTitle({ low: 0.16e6, high: 0.24e6 })).toBeUndefined();
});

test("an interval wider than its number is told apart", () => {
  expect(isWide({ nano: 3.6e6, low: 0, high: 10.1e6 })).toBe(true);
  expect(isWide({ nano: 199.7e6, low: 197.4e6, high: 201.9e6 })).toBe(false);
  expect(isWide({ nano: 0, low: 0, high: 0 })).toBe(false);
});
