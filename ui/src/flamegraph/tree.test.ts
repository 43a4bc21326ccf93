import fc from "fast-check";
import { expect, test } from "vitest";
import { anyProfile, profileOf } from "./fixture.ts";
import { at, buildTree, childrenOf, pathIndex, pathTo } from "./tree.ts";

test("children stand side by side inside their parent, the most expensive first, in every profile", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      const tree = buildTree(profile);
      for (let node = 0; node < tree.length; node++) {
        let x = at(tree.start, node);
        let before = Number.POSITIVE_INFINITY;
        for (const child of childrenOf(tree, node)) {
          expect(at(tree.parent, child)).toBe(node);
          expect(at(tree.depth, child)).toBe(at(tree.depth, node) + 1);
          expect(at(tree.start, child)).toBe(x);
          expect(at(tree.total, child)).toBeLessThanOrEqual(before);
          before = at(tree.total, child);
          x += before;
        }
        expect(x + at(tree.self, node)).toBe(at(tree.start, node) + at(tree.total, node));
      }
    }),
  );
});

test("rows hold every node once, from left to right", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      const tree = buildTree(profile);
      expect([...tree.row].sort((a, b) => a - b)).toEqual(Array.from({ length: tree.length }, (_, i) => i));
      for (let depth = 0; depth <= tree.maxDepth; depth++) {
        let end = 0;
        for (const node of tree.row.subarray(at(tree.rowFrom, depth), at(tree.rowFrom, depth + 1))) {
          expect(at(tree.depth, node)).toBe(depth);
          expect(at(tree.start, node)).toBeGreaterThanOrEqual(end);
          end = at(tree.start, node) + at(tree.total, node);
        }
      }
    }),
  );
});

test("a path's key does not depend on the order of the nodes or on the root's name", () => {
  const one = profileOf({
    f: "GET /a",
    c: [
      { f: "x", self: 5 },
      { f: "y", c: [{ f: "x", self: 9 }] },
    ],
  });
  const two = profileOf({
    f: "other",
    c: [
      { f: "y", c: [{ f: "x", self: 1 }] },
      { f: "x", self: 2 },
    ],
  });
  const keysByPath = (profile: typeof one): Record<string, string | undefined> => {
    const tree = buildTree(profile);
    const { keyOf, nodeOf } = pathIndex(tree);
    return Object.fromEntries(
      Array.from({ length: tree.length }, (_, node) => {
        expect(nodeOf(keyOf(node))).toBe(node);
        const path = pathTo(tree, node).slice(1);
        return [path.map((step) => profile.frames[at(tree.frame, step)]?.function).join("/"), keyOf(node)];
      }),
    );
  };
  expect(keysByPath(one)).toEqual(keysByPath(two));
  expect(new Set(Object.values(keysByPath(one))).size).toBe(4);
  const { nodeOf } = pathIndex(buildTree(one));
  for (const strange of [undefined, "", "zz", "zzzzzzzzzzzzzzzz", "-1"])
    expect(nodeOf(strange)).toBeUndefined();
});

test("siblings stand by their totals whatever order they come in", () => {
  const tree = buildTree(
    profileOf({
      f: "root",
      c: [
        { f: "small", self: 1 },
        { f: "large", self: 5 },
        { f: "middle", self: 3 },
      ],
    }),
  );
  const names = Array.from(
    childrenOf(tree, 0),
    (node) => tree.profile.frames[at(tree.frame, node)]?.function,
  );
  expect(names).toEqual(["large", "middle", "small"]);
  expect(Array.from(childrenOf(tree, 0), (node) => at(tree.start, node))).toEqual([0, 5, 8]);
});
