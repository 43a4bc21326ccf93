import { expect, test } from "vitest";
import type { NamedStacks } from "./frames.ts";
import type { Measured } from "./measure.ts";
import { packSpans, packStacks, unpackSpans, unpackStacks } from "./packed.ts";

const span = (spanId: string, rest: Partial<Measured> = {}): Measured => ({
  traceId: "t",
  spanId,
  durationNano: 5,
  classes: { "cpu.self": 5 },
  functions: [],
  blame: [],
  children: [],
  ...rest,
});

test("spans come back from their columns as they were", () => {
  const spans: Measured[] = [
    span("a", {
      functions: [
        { class: "cpu.self", stack: "1 shop", nano: 3 },
        { class: "gc", stack: "2 shop", nano: 2 },
      ],
      blame: [{ endpoint: null, kind: "unlabelled", stack: null, nano: 2 ** 40 }],
    }),
    span("b"),
    span("c", {
      functions: [{ class: "blocked.sync", stack: "1 shop", nano: 0.5 }],
      blame: [{ endpoint: "", kind: "request", stack: "2 shop", nano: 1 }],
      children: [{ name: "GET", kind: "http", service: null, nano: 1 }],
    }),
  ];
  expect(unpackSpans(packSpans(spans))).toEqual(spans);
  expect(unpackSpans(packSpans<Measured>([]))).toEqual([]);
});

test("stacks come back as they were", () => {
  const named: NamedStacks = {
    frames: [
      { function: "parse", file: "src/a.ts", line: 7, package: "shop", kind: "app" },
      { function: "", file: null, line: null, package: null, kind: "gc" },
    ],
    stacks: [[0, 1, 0], [], [1]],
  };
  const { frames, stacks } = unpackStacks(packStacks(named));
  expect(frames).toEqual(named.frames);
  expect(stacks.map((stack) => Array.from(stack))).toEqual(named.stacks);
});
