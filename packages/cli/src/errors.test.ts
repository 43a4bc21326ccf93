import { expect, test } from "vitest";
import { reasonOf } from "./errors.ts";

test("an error comes down to its innermost cause, or to the first of several", () => {
  const refused = new Error("connect ECONNREFUSED 127.0.0.1:9092");
  const failed = new Error("Connection failed.", { cause: refused });
  expect(
    reasonOf(new AggregateError([new AggregateError([failed, failed], "twice")], "Listing failed.")),
  ).toBe(refused.message);
  expect(reasonOf(new Error("alone"))).toBe("alone");
  expect(reasonOf(new AggregateError([], "none"))).toBe("none");
  expect(reasonOf("text")).toBe("text");
});
