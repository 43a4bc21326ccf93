import { expect, test } from "vitest";
import { parsePatterns, REDACTED, redactionOf } from "./redaction.ts";

test("keys are hidden as they stand, or by what stands around a star, in any case", () => {
  const { hides } = redactionOf(parsePatterns("db.statement, http.request.header.*,*.secret,a*b*c"));
  for (const key of [
    "db.statement",
    "DB.Statement",
    "http.request.header.cookie",
    "http.request.header.",
    "app.secret",
    ".secret",
    "abc",
    "a-b-b-c",
  ])
    expect(hides(key), key).toBe(true);
  for (const key of [
    "db.statement.x",
    "xdb.statement",
    "http.request.headers",
    "secret",
    "ab",
    "acb",
    "bac",
    "",
  ])
    expect(hides(key), key).toBe(false);
});

test("only hidden values are replaced", () => {
  const { attributes, active } = redactionOf(["user.*"]);
  expect(active).toBe(true);
  expect(attributes({ "user.id": "4711", "http.route": "/cart" })).toEqual({
    "user.id": REDACTED,
    "http.route": "/cart",
  });
  expect(redactionOf([]).active).toBe(false);
});

test("a pattern of many stars takes no longer than its text", () => {
  const { hides } = redactionOf(["a*".repeat(100)]);
  expect(hides("a".repeat(10_000))).toBe(true);
  expect(hides(`${"a".repeat(10_000)}b`)).toBe(true);
  expect(hides("a".repeat(99))).toBe(false);
});

test.each(["db statement", "a;b", "'", "x".repeat(300)])("%s is no key", (text) => {
  expect(() => parsePatterns(`ok,${text}`)).toThrow(/is no key/);
});
