import { TickState } from "@hotspan/wire";
import { expect, test } from "vitest";
import type { RawNode, RawSample } from "./native.ts";
import { collectTicks } from "./ticks.ts";

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
