import fc from "fast-check";
import { expect, test } from "vitest";
import { anyProfile, profileOf } from "./fixture.ts";
import { hitTest, lastRowOf, layout, placeOf, walk, wholeView, zoomedTo } from "./layout.ts";
import { at, buildTree, childrenOf } from "./tree.ts";

const sample = buildTree(
  profileOf({
    f: "root",
    c: [
      {
        f: "a",
        self: 10,
        c: [
          { f: "a1", self: 30 },
          { f: "a2", self: 20 },
        ],
      },
      { f: "b", self: 40 },
    ],
  }),
);
const named = (node: number | undefined): string | undefined =>
  node === undefined ? undefined : sample.profile.frames[at(sample.frame, node)]?.function;

function boxesOf(view: Parameters<typeof layout>[1]): (string | number | undefined)[][] {
  const boxes = layout(sample, view);
  return Array.from({ length: boxes.length }, (_, i) => [
    named(at(boxes.node, i)),
    at(boxes.row, i),
    at(boxes.x, i),
    at(boxes.width, i),
  ]);
}

test("widths are shares of the whole", () => {
  expect(boxesOf(wholeView(sample, 200))).toEqual([
    ["root", 0, 0, 200],
    ["a", 1, 0, 120],
    ["b", 1, 120, 80],
    ["a1", 2, 0, 60],
    ["a2", 2, 60, 40],
  ]);
});

test("a zoomed frame and its ancestors take the full width, its neighbours are gone", () => {
  const [a] = childrenOf(sample, 0);
  expect(boxesOf(zoomedTo(sample, a as number, wholeView(sample, 120)))).toEqual([
    ["root", 0, 0, 120],
    ["a", 1, 0, 120],
    ["a1", 2, 0, 60],
    ["a2", 2, 60, 40],
  ]);
});

test("the last row with a frame wide enough is found in what is shown, whatever is deeper", () => {
  const deep = buildTree(
    profileOf({
      f: "root",
      c: [
        { f: "a", self: 900 },
        { f: "b", self: 90, c: [{ f: "b1", self: 9, c: [{ f: "b2", self: 1 }] }] },
      ],
    }),
  );
  // Of 1000 in 100 pixels: b1 with what it calls is one pixel wide.
  expect([0.1, 1, 3, 20].map((least) => lastRowOf(deep, 0, 100, least))).toEqual([3, 2, 1, 1]);
  const [, b] = childrenOf(deep, 0);
  expect(lastRowOf(deep, b as number, 100, 3)).toBe(2);
  // Nothing is known of a drawing that has no width yet.
  expect(lastRowOf(deep, 0, 0, 3)).toBe(3);
});

test("only the rows in view are laid out", () => {
  expect(boxesOf({ ...wholeView(sample, 100), firstRow: 2, lastRow: 2 }).map(([name]) => name)).toEqual([
    "a1",
    "a2",
  ]);
});

test("frames narrower than a pixel are merged: never more boxes than pixels, nothing wide is lost", () => {
  fc.assert(
    fc.property(anyProfile, fc.integer({ min: 1, max: 40 }), (profile, width) => {
      const tree = buildTree(profile);
      const boxes = layout(tree, wholeView(tree, width));
      const perRow = new Map<number, number>();
      const drawn = new Set<number>();
      let end = -1;
      let row = -1;
      for (let i = 0; i < boxes.length; i++) {
        if (at(boxes.row, i) !== row) {
          row = at(boxes.row, i);
          end = 0;
        }
        drawn.add(at(boxes.node, i));
        perRow.set(row, (perRow.get(row) ?? 0) + 1);
        // float32 edges
        expect(at(boxes.x, i)).toBeGreaterThanOrEqual(end - 1e-3);
        end = at(boxes.x, i) + at(boxes.width, i);
        expect(end).toBeLessThanOrEqual(width + 1e-3);
      }
      for (const count of perRow.values()) expect(count).toBeLessThanOrEqual(width + 1);
      const whole = at(tree.total, 0);
      if (whole > 0) {
        for (let node = 0; node < tree.length; node++) {
          if ((at(tree.total, node) / whole) * width > 1.001) expect(drawn.has(node)).toBe(true);
        }
      }
    }),
  );
});

test("a point hits the frame drawn there", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      const tree = buildTree(profile);
      const view = wholeView(tree, 500);
      const boxes = layout(tree, view);
      for (let i = 0; i < boxes.length; i++) {
        if (at(boxes.merged, i) === 1 || at(boxes.width, i) < 1) continue;
        const x = at(boxes.x, i) + at(boxes.width, i) / 2;
        expect(hitTest(tree, view, x, at(boxes.row, i))).toBe(at(boxes.node, i));
      }
    }),
  );
});

test("a point beside all frames hits nothing", () => {
  const view = wholeView(sample, 200);
  expect(named(hitTest(sample, view, 110, 1))).toBe("a");
  expect(hitTest(sample, view, 110, 2)).toBeUndefined();
  expect(hitTest(sample, view, 10, 9)).toBeUndefined();
  expect(hitTest(sample, view, 200, 0)).toBeUndefined();
  expect(hitTest(sample, view, -1, 0)).toBeUndefined();
});

test("arrows lead to the parent, the first child and the neighbours of the row", () => {
  const [a, b] = [...childrenOf(sample, 0)] as [number, number];
  expect(named(walk(sample, 0, "down"))).toBe("a");
  expect(named(walk(sample, a, "down"))).toBe("a1");
  expect(named(walk(sample, a, "right"))).toBe("b");
  expect(named(walk(sample, b, "left"))).toBe("a");
  expect(walk(sample, b, "right")).toBeUndefined();
  expect(walk(sample, b, "down")).toBeUndefined();
  expect(walk(sample, 0, "up")).toBeUndefined();
});

test("walking right from the first frame of a row reaches each of its frames", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      const tree = buildTree(profile);
      for (let depth = 0; depth <= tree.maxDepth; depth++) {
        const row = [...tree.row.subarray(at(tree.rowFrom, depth), at(tree.rowFrom, depth + 1))];
        const walked: number[] = [];
        for (let node = row[0]; node !== undefined; node = walk(tree, node, "right")) walked.push(node);
        expect(walked).toEqual(row);
      }
    }),
  );
});

test("a node's place is its box, clipped to the view, and none where it is not in view", () => {
  fc.assert(
    fc.property(anyProfile, fc.nat(80), (profile, pick) => {
      const tree = buildTree(profile);
      const view = zoomedTo(tree, pick % tree.length, wholeView(tree, 1000));
      const boxes = layout(tree, view);
      for (let i = 0; i < boxes.length; i++) {
        if (at(boxes.merged, i) === 1 || at(boxes.width, i) < 1) continue;
        const place = placeOf(tree, view, at(boxes.node, i));
        expect(place?.x).toBeCloseTo(at(boxes.x, i), 2);
        expect(place?.width).toBeCloseTo(at(boxes.width, i), 2);
      }
      for (let node = 0; node < tree.length; node++) {
        const place = placeOf(tree, view, node);
        if (place === undefined) continue;
        expect(place.x).toBeGreaterThanOrEqual(0);
        expect(place.x).toBeLessThan(1000);
      }
    }),
  );
});
