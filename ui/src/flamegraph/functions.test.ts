import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyProfile, profileOf } from "./fixture.ts";
import {
  functionsOf,
  matchedTotal,
  matchNodes,
  patternFor,
  readPattern,
  sortFunctions,
} from "./functions.ts";
import { gcTotal, hotPlace } from "./hotpath.ts";
import { paletteOf } from "./palette.ts";
import { at, buildTree } from "./tree.ts";

test("self times of all functions sum to the profile without its root", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      const tree = buildTree(profile);
      const sum = functionsOf(tree).reduce((total, row) => total + row.self, 0);
      expect(sum).toBe(at(tree.total, 0) - at(tree.self, 0));
    }),
  );
});

test("no function's total exceeds the profile, however it recurses", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      const tree = buildTree(profile);
      for (const row of functionsOf(tree)) {
        expect(row.total).toBeLessThanOrEqual(at(tree.total, 0));
        expect(row.total).toBeGreaterThanOrEqual(row.self);
      }
    }),
  );
});

test("a recursive function counts once", () => {
  const tree = buildTree(
    profileOf({
      f: "root",
      c: [{ f: "walk", self: 1, c: [{ f: "walk", self: 2, c: [{ f: "visit", self: 4 }] }] }],
    }),
  );
  const rows = sortFunctions(functionsOf(tree), "total").map(({ frame, self, total }) => [
    frame.function,
    self,
    total,
  ]);
  expect(rows).toEqual([
    ["walk", 3, 7],
    ["visit", 4, 4],
  ]);
});

describe("patterns", () => {
  const tree = buildTree(
    profileOf({
      f: "root",
      c: [
        { f: "parse", package: "a.b", self: 3, c: [{ f: "parse", package: "axb", self: 5 }] },
        { f: "draw", self: 7 },
      ],
    }),
  );
  const total = (pattern: string): number | undefined => {
    const matches = matchNodes(tree, pattern);
    return matches === undefined ? undefined : matchedTotal(tree, matches);
  };
  test("match package, function and file; nested matches count once", () => {
    expect(total("parse")).toBe(8);
    expect(total("^axb/")).toBe(5);
    expect(total("draw\\.ts$")).toBe(7);
    expect(total("(?i)DRAW")).toBe(7);
    expect(total("nothing")).toBe(0);
  });
  test("of a function mean exactly that function", () => {
    const [row] = functionsOf(tree).filter(({ frame }) => frame.package === "a.b");
    expect(total(patternFor(row?.frame ?? expect.fail()))).toBe(8);
    expect(
      matchNodes(tree, patternFor(row?.frame ?? expect.fail()))?.reduce((sum, one) => sum + one, 0),
    ).toBe(1);
  });
  test("that cannot be read say why", () => {
    expect(readPattern("(")).toBeInstanceOf(Error);
    expect(readPattern("a|b")).toBeInstanceOf(RegExp);
  });
});

describe("the hot place", () => {
  test("follows the dominant child and names the own function around it", () => {
    const tree = buildTree(
      profileOf({
        f: "GET /cart",
        c: [
          {
            f: "tick",
            kind: "node",
            c: [
              {
                f: "parseCart",
                c: [{ f: "JSON.parse", kind: "v8", self: 40, c: [{ f: "revive", self: 50 }] }],
              },
            ],
          },
          { f: "(garbage collector)", kind: "gc", self: 10 },
        ],
      }),
    );
    const place = hotPlace(tree);
    expect([place?.frame.function, place?.within?.function, place?.total]).toEqual([
      "JSON.parse",
      "parseCart",
      90,
    ]);
    expect(gcTotal(tree)).toBe(10);
  });
  test("is none where time is spread, or where only the runtime is", () => {
    expect(
      hotPlace(
        buildTree(
          profileOf({
            f: "r",
            c: [
              { f: "a", self: 5 },
              { f: "b", self: 5 },
            ],
          }),
        ),
      ),
    ).toBeUndefined();
    expect(
      hotPlace(buildTree(profileOf({ f: "r", c: [{ f: "tick", kind: "node", self: 5 }] }))),
    ).toBeUndefined();
    expect(hotPlace(buildTree(profileOf({ f: "r" })))).toBeUndefined();
  });
});

test("packages have a colour each by their own time, the last is shared", () => {
  const dependency = (name: string, self: number) => ({
    f: name,
    package: name,
    kind: "dependency" as const,
    self,
  });
  const tree = buildTree(
    profileOf({
      f: "root",
      c: [
        dependency("small", 1),
        dependency("big", 9),
        dependency("c", 3),
        dependency("d", 4),
        dependency("e", 5),
        dependency("f", 2),
        { f: "own", self: 1 },
        { f: "gc", kind: "gc", self: 1 },
      ],
    }),
  );
  const palette = paletteOf(tree, "checkout");
  const colour = (name: string) =>
    palette.colour[tree.profile.frames.findIndex((frame) => frame.function === name)];
  expect(colour("big")).toBe("p-1");
  expect(colour("e")).toBe("p-2");
  expect(colour("small")).toBe("p-5");
  expect(colour("f")).toBe("p-5");
  expect(colour("own")).toBe("p-own");
  expect(colour("root")).toBe("p-root");
  expect(palette.legend.map(({ words }) => words)).toEqual([
    "checkout (own code)",
    "GC",
    "big",
    "e",
    "d",
    "c",
    "2 other packages",
  ]);
});
