import fc from "fast-check";
import { expect, test } from "vitest";
import { criticalPath } from "./critical-path.ts";
import { descendants, rootOf, spanTree, subtreeSums, type TreeSpan } from "./tree.ts";

const span = (spanId: string, parentSpanId: string, start: number, end: number): TreeSpan => ({
  spanId,
  parentSpanId,
  start,
  end,
});
const path = (spans: readonly TreeSpan[]): [string, number, number][] =>
  criticalPath(spanTree(spans)).map((one) => [spans[one.span]!.spanId, one.start, one.end]);

test("a trace with its root and all parents is complete", () => {
  expect(spanTree([span("a", "", 0, 9), span("b", "a", 1, 2)]).complete).toBe(true);
  expect(spanTree([span("a", "", 0, 9), span("b", "x", 1, 2)]).complete).toBe(false);
  expect(spanTree([span("b", "x", 1, 2)]).complete).toBe(false);
  expect(spanTree([]).complete).toBe(false);
});

test("parent links in a circle are cut where the circle starts first", () => {
  const tree = spanTree([
    span("a", "c", 3, 4),
    span("b", "a", 1, 4),
    span("c", "b", 2, 4),
    span("d", "d", 0, 1),
  ]);
  expect(tree.complete).toBe(false);
  expect([...tree.parent]).toEqual([2, -1, 1, -1]);
  expect(descendants(tree, 1)).toEqual([1, 2, 0]);
  expect(subtreeSums(tree, [1, 10, 100, 1000])).toEqual([1, 111, 101, 1000]);
});

test("the last child to finish holds its parent up, then the one before it", () => {
  const spans = [
    span("root", "", 0, 100),
    span("early", "root", 5, 20),
    span("overlapped", "root", 10, 60),
    span("late", "root", 50, 90),
    span("inner", "late", 60, 80),
  ];
  expect(path(spans)).toEqual([
    ["root", 0, 5],
    ["early", 5, 20],
    ["root", 20, 50],
    ["late", 50, 60],
    ["inner", 60, 80],
    ["late", 80, 90],
    ["root", 90, 100],
  ]);
});

test("a child that outlives its parent or began before it counts within the parent", () => {
  const spans = [span("root", "", 0, 50), span("late", "root", 30, 500), span("early", "root", -10, 20)];
  expect(path(spans)).toEqual([
    ["early", 0, 20],
    ["root", 20, 30],
    ["late", 30, 50],
  ]);
});

test("spans of length zero, alone or as children, add nothing", () => {
  expect(path([span("a", "", 5, 5)])).toEqual([]);
  expect(path([span("a", "", 0, 9), span("b", "a", 4, 4)])).toEqual([["a", 0, 9]]);
});

const traces = fc
  .array(fc.record({ parent: fc.nat(20), start: fc.nat(100), length: fc.nat(60) }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((list) =>
    list.map(({ parent, start, length }, i) =>
      span(`s${i}`, i === 0 ? "" : `s${parent}`, start, start + length),
    ),
  );

test("for any links the tree holds each span once, and the critical path is the root's time", () => {
  fc.assert(
    fc.property(traces, (spans) => {
      const tree = spanTree(spans);
      expect([...tree.order].sort((a, b) => a - b)).toEqual(spans.map((_, i) => i));
      const seen = new Set<number>();
      for (const index of tree.order) {
        if (tree.parent[index]! >= 0) expect(seen.has(tree.parent[index]!)).toBe(true);
        seen.add(index);
      }
      const root = tree.spans[rootOf(tree)!]!;
      const segments = criticalPath(tree);
      let at = root.start;
      for (const segment of segments) {
        expect(segment.start).toBe(at);
        expect(segment.end).toBeGreaterThan(segment.start);
        at = segment.end;
      }
      expect(at).toBe(root.end);
    }),
  );
});

test("100,000 spans in a chain, and as many beside each other, are no matter of depth or squares", () => {
  const n = 100_000;
  const chain = Array.from({ length: n }, (_, i) => span(`s${i}`, i === 0 ? "" : `s${i - 1}`, i, 2 * n - i));
  const wide = Array.from({ length: n }, (_, i) =>
    span(`s${i}`, i === 0 ? "" : "s0", i === 0 ? 0 : i, i === 0 ? n + 1 : i + 1),
  );
  for (const spans of [chain, wide]) {
    const tree = spanTree(spans);
    expect(tree.complete).toBe(true);
    expect(
      subtreeSums(
        tree,
        spans.map(() => 1),
      )[0],
    ).toBe(n);
    expect(criticalPath(tree).length).toBeGreaterThanOrEqual(n - 1);
  }
});
