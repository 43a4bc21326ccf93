import { expect, test } from "vitest";
import { stackText } from "./describe.ts";
import { profileOf } from "./fixture.ts";
import { gridMove, initiallyOpen, openedTo, openRows } from "./grid-rows.ts";
import { fitLabel } from "./label.ts";
import { buildTree } from "./tree.ts";

// Nodes: 0 root, 1 a, 2 a1, 3 b
const tree = buildTree(
  profileOf({
    f: "root",
    c: [
      { f: "a", self: 1, c: [{ f: "a1", self: 9 }] },
      { f: "b", self: 3 },
    ],
  }),
);

test("open rows are followed by their children, the most expensive first", () => {
  expect(openRows(tree, new Set())).toEqual([0]);
  expect(openRows(tree, new Set([0]))).toEqual([0, 1, 3]);
  expect(openRows(tree, new Set([0, 1]))).toEqual([0, 1, 2, 3]);
});

test("the way to the hot place is open at first, and the way to a selection always", () => {
  expect([...initiallyOpen(tree)]).toEqual([0, 1, 2]);
  expect([...openedTo(tree, new Set(), 2)]).toEqual([0, 1]);
  const open = new Set([0, 1]);
  expect(openedTo(tree, open, 2)).toBe(open);
});

test("keys do what the treegrid pattern says", () => {
  const open = new Set([0]);
  const rows = openRows(tree, open);
  const move = (node: number, key: string) => gridMove(tree, rows, open, node, key);
  expect(move(0, "ArrowDown")).toEqual({ kind: "go", node: 1 });
  expect(move(1, "ArrowRight")).toEqual({ kind: "open", node: 1 });
  expect(move(0, "ArrowRight")).toEqual({ kind: "go", node: 1 });
  expect(move(0, "ArrowLeft")).toEqual({ kind: "close", node: 0 });
  expect(move(3, "ArrowLeft")).toEqual({ kind: "go", node: 0 });
  expect(move(3, "ArrowRight")).toBeUndefined();
  expect(move(3, "ArrowDown")).toBeUndefined();
  expect(move(0, "End")).toEqual({ kind: "go", node: 3 });
  expect(move(3, "Home")).toEqual({ kind: "go", node: 0 });
  expect(move(0, "x")).toBeUndefined();
});

test("a copied stack begins with the innermost frame and leaves the root out", () => {
  expect(stackText(tree, 2)).toBe("    at a1 (a1.ts:1)\n    at a (a.ts:1)");
});

test("labels are cut to the room they have", () => {
  const measure = (text: string): number => text.length * 10;
  expect(fitLabel("parse", 50, measure)).toBe("parse");
  expect(fitLabel("parseCart", 60, measure)).toBe("parse…");
  expect(fitLabel("parseCart", 25, measure)).toBe("");
});
