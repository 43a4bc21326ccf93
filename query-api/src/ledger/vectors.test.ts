import { expect, it } from "vitest";
import type { Frame } from "../types.ts";
import { type MeasuredSpan, toVectors } from "./vectors.ts";

const frame = (name: string, kind: Frame["kind"]): Frame => ({
  function: name,
  file: null,
  line: null,
  package: null,
  kind,
});
const named = {
  frames: [
    frame("(garbage collector)", "gc"),
    frame("collect", "app"),
    frame("sort", "app"),
    frame("handle", "app"),
  ],
  stacks: [[0], [1, 3], [2, 3]],
};
const names = ["gc", "collect", "sort"];
const span = (functions: MeasuredSpan["functions"]): MeasuredSpan => ({
  traceId: "t",
  spanId: "s",
  durationNano: 1000,
  classes: {},
  functions,
  blame: [{ endpoint: "GET /b", kind: "request", stack: "sort", nano: 5 }],
  children: [],
  attributes: {},
});

it("lays collections, which have no stack, on the code of their span, to the nanosecond", () => {
  const [vector] = toVectors(
    [
      span([
        { class: "gc", stack: "gc", nano: 101 },
        { class: "cpu.self", stack: "collect", nano: 30 },
        { class: "cpu.self", stack: "sort", nano: 10 },
      ]),
    ],
    names,
    named,
  );
  const collections = vector!.functions.filter((one) => one.class === "gc");
  expect(collections.map((one) => [one.frame.function, one.nano])).toEqual([
    ["collect", 76],
    ["sort", 25],
  ]);
  expect(collections[0]?.callers?.map((one) => one.function)).toEqual(["handle"]);
});

it("leaves a collection alone in a span without code of its own", () => {
  const [vector] = toVectors([span([{ class: "gc", stack: "gc", nano: 101 }])], names, named);
  expect(vector!.functions.map((one) => [one.frame.function, one.nano])).toEqual([
    ["(garbage collector)", 101],
  ]);
});

it("names of who held the loop the whole stack", () => {
  const [vector] = toVectors([span([])], names, named);
  expect(vector!.blame[0]?.frame?.function).toBe("sort");
  expect(vector!.blame[0]?.callers?.map((one) => one.function)).toEqual(["handle"]);
});
