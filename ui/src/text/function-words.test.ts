import { expect, test } from "vitest";
import { functionWords } from "./function-words.ts";

const long = { function: String.raw`RegExp: (?:\w+ )+(?:at|on) \d{4}-\d{2}-\d{2}$` };

test("a function is called by its name everywhere", () => {
  const words = { sentence: "parseCart", short: "parseCart", mono: false, full: "parseCart" };
  expect(functionWords({ function: "parseCart" })).toEqual(words);
  expect(functionWords({ function: "parseCart" }, "getCart")).toEqual(words);
});

test("a regular expression is told by whose it is, and shown as one, cut where it is long", () => {
  expect(functionWords(long, "reviveDate")).toEqual({
    sentence: "a regular expression in reviveDate",
    short: String.raw`/(?:\w+ )+(?:at|on) \d{4}-…/`,
    mono: true,
    full: String.raw`/(?:\w+ )+(?:at|on) \d{4}-\d{2}-\d{2}$/`,
  });
  expect(functionWords(long).short).toHaveLength(28);
  expect(functionWords(long).sentence).toBe("a regular expression");
  expect(functionWords({ function: "RegExp: a+" }).short).toBe("/a+/");
});

test("what has no name is called so, and never by a caller that has none either", () => {
  expect(functionWords({ function: "(anonymous)" }, "listen").sentence).toBe("an unnamed function in listen");
  expect(functionWords({ function: "" }).sentence).toBe("an unnamed function");
  expect(functionWords(long, "(anonymous)").sentence).toBe("a regular expression");
});
