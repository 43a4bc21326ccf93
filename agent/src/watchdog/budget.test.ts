import { expect, test } from "vitest";
import { DEFAULT_BUDGET, parseBudget } from "./budget.ts";

test.each([
  ["off", "off"],
  ["0", "off"],
  ["3%", { ...DEFAULT_BUDGET, cpuShare: 0.03 }],
  ["20ms", { ...DEFAULT_BUDGET, stallMillis: 20 }],
  [" 0.5 % , 7.5 ms ", { cpuShare: 0.005, stallMillis: 7.5 }],
  ["3", undefined],
  ["0%", undefined],
  ["3%,", undefined],
  ["lots", undefined],
])("%s is the budget %j", (text, expected) => {
  expect(parseBudget(text)).toEqual(expected);
});
