import { expect, test } from "vitest";
import { readHeapTree } from "./read-tree.ts";
import { collectHeap } from "./table.ts";

/** As the addon writes it: names as they are. */
const node = (name: string, script: string, children: string, allocations: string): string =>
  `{"name":"${name}","scriptName":"${script}","scriptId":7,"lineNumber":3,"columnNumber":1,"children":[${children}],"allocations":[${allocations}]}`;

test("names that would end a string of JSON are read as they are", () => {
  const names = ['say "hello"', "C:\\app\\index.js", "two\nlines", '","x":"', "{}[]", "ü€😀", "\\"];
  const text = names.reduce(
    (inner, name) => node(name, "C:\\x\\y.js", inner, '{"sizeBytes":16,"count":2}'),
    node("leaf", "", "", ""),
  );
  const tree = readHeapTree(text);
  const seen: string[] = [];
  for (let at = tree; at.children[0] !== undefined; at = at.children[0]) seen.push(at.name);
  expect(seen).toEqual(names.toReversed());
  expect(tree.scriptName).toBe("C:\\x\\y.js");
});

test("what was cut off is no tree", () => {
  const text = node("leak", "/a.js", "", '{"sizeBytes":16,"count":2}');
  expect(() => readHeapTree(text.slice(0, -5))).toThrow(SyntaxError);
});

test("a stack of any depth is folded, and what lies under the root alone is kept", () => {
  const leaf = {
    name: "leaf",
    scriptName: "/a.js",
    scriptId: 1,
    lineNumber: 1,
    columnNumber: 1,
    children: [],
  };
  let tree = { ...leaf, children: [] as unknown[], allocations: [{ sizeBytes: 8, count: 3 }] };
  for (let i = 0; i < 20_000; i++) tree = { ...leaf, children: [tree], allocations: [] };
  const root = { ...leaf, name: "(root)", children: [tree], allocations: [{ sizeBytes: 100, count: 1 }] };
  const { samples, parents } = collectHeap(root as unknown as Parameters<typeof collectHeap>[0]);
  expect(samples.map(({ inuseBytes, inuseObjects }) => [inuseBytes, inuseObjects])).toEqual([
    [100, 1],
    [24, 3],
  ]);
  let depth = 0;
  for (let at = samples[1]?.node ?? -1; at >= 0; at = parents[at] as number) depth++;
  expect(depth).toBe(20_001);
});
