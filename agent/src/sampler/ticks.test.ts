import { TickState } from "@hotspan/wire";
import { expect, test } from "vitest";
import type { RawNode, RawProfile, RawSample } from "./native.ts";
import { finished } from "../window/steps.ts";
import { collectTicks as collect } from "./ticks.ts";

const node = (
  name: string,
  contexts: RawSample[],
  children: RawNode[] = [],
  hitCount = contexts.length,
): RawNode => ({
  name,
  scriptName: "",
  scriptId: 0,
  lineNumber: 0,
  columnNumber: 0,
  hitCount,
  contexts,
  children,
});
const collectTicks = (slice: RawProfile, offset: number) => finished(collect([slice], offset));
const hit = (at: number, context?: unknown): RawSample => ({ timestamp: BigInt(at), cpuTime: 1000, context });
const profile = (children: RawNode[]) => ({
  topDownRoot: node("(root)", [], children),
  startTime: 0,
  endTime: 0,
});

test("samples come in time order, with V8's pseudo-functions as states", () => {
  const table = collectTicks(
    profile([
      node("main", [hit(1030, "b")], [node("leaf", [hit(1010, "a")])]),
      node("(idle)", [hit(1020)]),
      node("(garbage collector)", [hit(1040, "b")]),
      node("(program)", [hit(1050)]),
    ]),
    1000,
  );
  expect([...table.time]).toEqual([10, 20, 30, 40, 50]);
  expect([...table.state]).toEqual([
    TickState.js,
    TickState.idle,
    TickState.js,
    TickState.gc,
    TickState.program,
  ]);
  expect(table.context).toEqual(["a", undefined, "b", "b", undefined]);
  const [leaf = -1] = table.node;
  expect(table.nodes[leaf]?.name).toBe("leaf");
  expect(table.nodes[table.parents[leaf] as number]?.name).toBe("main");
  expect(table.node[1]).toBe(-1);
});

test("a function of the program that is called (idle) is no idle time", () => {
  const table = collectTicks(profile([node("main", [], [node("(idle)", [hit(5)])])]), 0);
  expect([...table.state]).toEqual([TickState.js]);
});

test("hits whose context the buffer lost are counted", () => {
  const table = collectTicks(profile([node("main", [hit(1)], [], 4)]), 0);
  expect(table.hits - table.time.length).toBe(3);
});

test("a stack of 50,000 frames is no reason to overflow ours", () => {
  let tree = node("leaf", [hit(1)]);
  for (let depth = 0; depth < 50_000; depth++) tree = node("f", [], [tree]);
  expect(collectTicks(profile([tree]), 0).nodes.length).toBe(50_001);
});

test("a window in slices is the same as in one piece: a stack is one stack, in whichever slice it was seen", () => {
  const tree = (early: RawSample[], late: RawSample[], other: string) =>
    profile([
      node("main", [], [node("leaf", early), node(other, late)]),
      node("(idle)", [hit(Number(early[0]?.timestamp) + 5)]),
    ]);
  const table = finished(
    collect(
      [
        tree([hit(10, "a")], [hit(20, "b")], "first"),
        tree([hit(2030, "c")], [hit(2040, "d")], "second"),
        tree([hit(2050, "e")], [hit(2060, "f")], "first"),
      ],
      0,
    ),
  );
  const at = (context: string) => table.node[table.context.indexOf(context)] as number;
  const stack = (context: string): string[] => {
    const names: string[] = [];
    for (let i = at(context); i >= 0; i = table.parents[i] as number) names.push(table.nodes[i]?.name ?? "");
    return names;
  };
  expect([at("c"), at("e")]).toEqual([at("a"), at("a")]);
  expect(at("f")).toBe(at("b"));
  expect(stack("d")).toEqual(["second", "main"]);
  // Two leaves of `first` and `second`, `leaf`, `main` and idle: nothing twice.
  expect(table.nodes.map(({ name }) => name).toSorted()).toEqual(
    ["(idle)", "first", "leaf", "main", "second"].toSorted(),
  );
  expect(table.hits).toBe(9);
  expect([...table.context].filter((context) => context !== undefined)).toEqual([
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
  ]);
});

test("frames that differ in any one thing are different frames", () => {
  const base = node("f", [hit(1)]);
  const others = [
    { name: "g" },
    { scriptName: "x" },
    { scriptId: 7 },
    { lineNumber: 3 },
    { columnNumber: 4 },
  ];
  const slices = [base, ...others.map((change) => ({ ...base, ...change })), base].map((one) =>
    profile([one]),
  );
  expect(finished(collect(slices, 0)).nodes.length).toBe(6);
});
