import { expect, test } from "vitest";
import { foundWords, selfOf, stackText } from "./describe.ts";
import { profileOf } from "./fixture.ts";
import { matchNodes } from "./functions.ts";
import { invert } from "./transform/invert.ts";
import { buildTree } from "./tree.ts";

const profile = profileOf({
  f: "GET /a",
  c: [{ f: "outer", self: 1e6, c: [{ f: "inner", self: 3e6, c: [{ f: "outer", self: 1e6 }] }] }],
});
const tree = buildTree(profile);
const backwards = buildTree(invert(profile));
const nodeOf = (of: typeof tree, ...path: readonly string[]): number =>
  Array.from({ length: of.length }, (_, node) => node).find(
    (node) =>
      stackText(of, node, { rootIsFunction: true })
        .split("\n")
        .map((line) => line.split(" ")[5])
        .join(" ") === path.join(" "),
  ) ?? -1;

test("a stack is told innermost first, from either end of the tree", () => {
  const lines = ["    at inner (inner.ts:1)", "    at outer (outer.ts:1)"];
  expect(stackText(tree, 2).split("\n")).toEqual(lines);
  const node = nodeOf(backwards, "outer", "inner", "GET");
  expect(stackText(backwards, node, { inverted: true }).split("\n")).toEqual(lines);
});

test("read backwards, a function's own time is all of its time, and callers have none to tell", () => {
  const inner = nodeOf(backwards, "inner", "GET");
  expect(selfOf(backwards, inner, { inverted: true })).toBe(3e6);
  expect(selfOf(backwards, nodeOf(backwards, "outer", "inner", "GET"), { inverted: true })).toBeUndefined();
  expect(selfOf(tree, 2)).toBe(3e6);
});

test("what a search found is told with each part of the time once", () => {
  const marks = matchNodes(tree, "outer");
  if (marks === undefined) throw new Error("the pattern was refused");
  expect(foundWords(tree, marks, { value: 10e6, words: "span" }).replaceAll(/\s/g, " ")).toBe(
    "2 frames · 5.0 ms · 50.0 % of span",
  );
  expect(foundWords(tree, new Uint8Array(tree.length), { value: 1, words: "span" })).toBe("no frame");
});
