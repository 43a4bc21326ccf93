import type { Contribution } from "@hotspan/ledger";
import { expect, test } from "vitest";
import { contributionAnswer } from "./compare-answer.ts";

const row = (more: Partial<Contribution>): Contribution => ({
  rank: 1,
  class: "loop.held",
  level: "blame",
  slowNano: 2,
  baselineNano: 1,
  deltaNano: 1,
  share: 1,
  low: 0,
  high: 2,
  p: 0.5,
  significant: false,
  exampleTraceIds: [],
  ...more,
});

test("whatever is not a whole class has a name", () => {
  expect(contributionAnswer(row({ blame: "gc" })).function).toBe("(garbage collector)");
  expect(contributionAnswer(row({ blame: "runtime" })).function).toBe("(runtime)");
  expect(contributionAnswer(row({ blame: "unlabelled" })).function).toBe("(no request)");
  expect(contributionAnswer(row({})).function).toBe("(no request)");
  expect(contributionAnswer(row({ endpoint: "GET /", blame: "request" }))).not.toHaveProperty("function");
  expect(contributionAnswer(row({ function: "f" })).function).toBe("f");
  expect(contributionAnswer(row({ level: "class" }))).not.toHaveProperty("function");
});
