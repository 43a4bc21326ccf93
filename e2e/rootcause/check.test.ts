import type { Contribution, RootCause } from "@hotspan/query-api/types";
import { expect, it } from "vitest";
import { wrongWith } from "./check.ts";
import type { Expected } from "./expected.ts";

const contribution = (fields: Partial<Contribution>): Contribution => ({
  rank: 1,
  class: "cpu.self",
  level: "function",
  slowNano: 100e6,
  baselineNano: 0,
  deltaNano: 100e6,
  share: 1,
  low: 90e6,
  high: 110e6,
  p: 0.001,
  significant: true,
  exampleTraceIds: [],
  ...fields,
});
const answer = (...contributions: Contribution[]): RootCause => ({ contributions }) as unknown as RootCause;
const at = { cause: "c", service: "s", endpoint: "GET /a" };

it("asks for the first contribution, its class, and a function of its own or as caller", () => {
  const expected: Expected = { ...at, class: "cpu.self", function: "parse" };
  const right = contribution({ function: "parse" });
  const other = contribution({ function: "render" });
  expect(wrongWith(answer(right, other), expected)).toBeUndefined();
  expect(
    wrongWith(answer(contribution({ function: "JSON.parse", caller: "parse" })), expected),
  ).toBeUndefined();
  expect(wrongWith(answer(other, right), expected)).toBe("names render");
  expect(wrongWith(answer(contribution({ class: "gc", function: "parse" })), expected)).toBe("first is gc");
  expect(wrongWith(answer({ ...right, significant: false }), expected)).toMatch(/chance/);
  expect(wrongWith(answer({ ...right, deltaNano: -1 }), expected)).toMatch(/chance/);
});

it("asks who held the loop, and for nobody where no request did", () => {
  const by = { service: "s", endpoint: "POST /b" };
  const expected: Expected = { ...at, class: "loop.held", function: "work", by };
  const held = contribution({ class: "loop.held", level: "blame", endpoint: "POST /b", function: "work" });
  const { by: _, ...nobody } = expected;
  expect(wrongWith(answer(held), expected)).toBeUndefined();
  expect(wrongWith(answer({ ...held, endpoint: "POST /c" }), expected)).toBe("blames POST /c");
  expect(wrongWith(answer(held), nobody)).toBe("blames POST /b");
  const { endpoint: __, ...unlabelled } = held;
  expect(wrongWith(answer({ ...unlabelled, blame: "unlabelled" }), nobody)).toBeUndefined();
});

it("takes functions that the truth names besides, and no others of its file", () => {
  const expected: Expected = { ...at, class: "cpu.self", function: "verify", within: ["derive"] };
  const inFile = { file: "/app/causes/c.ts" };
  expect(wrongWith(answer(contribution({ function: "derive" })), expected)).toBeUndefined();
  expect(
    wrongWith(answer(contribution({ function: "pbkdf2Sync", caller: "derive" })), expected),
  ).toBeUndefined();
  expect(wrongWith(answer(contribution({ function: "store", ...inFile })), expected)).toBe("names store");
});

it("asks for no function where the ledger names none", () => {
  const stalled = contribution({ class: "stalled", level: "class" });
  expect(wrongWith(answer(stalled), { ...at, class: "stalled", function: "plan" })).toBeUndefined();
});

it("asks whose child was waited for", () => {
  const expected: Expected = { ...at, class: "wait.child", awaits: "t" };
  const child = contribution({ class: "wait.child", level: "child", child: "GET", childService: "t" });
  expect(wrongWith(answer(child), expected)).toBeUndefined();
  expect(wrongWith(answer({ ...child, childService: "u" }), expected)).toBe("the child is of u");
  expect(wrongWith(answer(contribution({ class: "wait.child", level: "class" })), expected)).toBe(
    "the child is of nobody",
  );
  expect(wrongWith(answer(child), { ...at, class: "wait.child", span: "draw" })).toBe("the child is GET");
});

it("what delays nothing must not be blamed, in whatever place", () => {
  const first = contribution({ function: "own" });
  const held = contribution({ class: "loop.held", level: "blame", endpoint: "POST /b" });
  const hog: Expected = { ...at, by: { service: "s", endpoint: "POST /b" } };
  expect(wrongWith(answer(first), hog)).toBeUndefined();
  expect(wrongWith(answer(first, { ...held, significant: false }), hog)).toBeUndefined();
  expect(wrongWith(answer(first, held), hog)).toBe("blames loop.held POST /b");
  expect(wrongWith(answer(first, contribution({ class: "loop.held", level: "class" })), hog)).toBe(
    "blames loop.held",
  );
  expect(wrongWith(answer(first, { ...held, endpoint: "POST /c" }), hog)).toBeUndefined();
  expect(
    wrongWith(answer(first, { ...held, deltaNano: 9e6 }), { ...hog, excessMs: [0, 10] }),
  ).toBeUndefined();
  expect(wrongWith(answer(first, contribution({ class: "wait.child" })), at)).toBe("blames wait.child");
});

it("says so where another planted cause that held the loop stands before it, and does not call it right", () => {
  const expected: Expected = { ...at, class: "cpu.self", function: "parse" };
  const other: Expected = { cause: "o", service: "s", endpoint: "POST /b", class: "cpu.self" };
  const own = contribution({ function: "parse" });
  const held = contribution({ class: "loop.held", level: "blame", endpoint: "POST /b" });
  expect(wrongWith(answer(own, held), expected, [other])).toBeUndefined();
  expect(wrongWith(answer(held, own), expected, [other])).toBe("second, behind `o`");
  expect(wrongWith(answer(held, own), expected)).toBe("first is loop.held");
  expect(wrongWith(answer(held, contribution({ function: "render" }), own), expected, [other])).toBe(
    "first is loop.held",
  );
  expect(wrongWith(answer({ ...held, endpoint: "POST /c" }, own), expected, [other])).toBe(
    "first is loop.held",
  );
});
