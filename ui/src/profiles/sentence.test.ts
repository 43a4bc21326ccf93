import { expect, test } from "vitest";
import type { Profile } from "../api/types.ts";
import { buildTree } from "../flamegraph/tree.ts";
import { unanswerable, wordsOf } from "./NoSamples.tsx";
import { fleetSentence, profileSentence } from "./sentence.ts";

/** A root with children of its own code, each with this total. */
function treeOf(unit: Profile["unit"], parts: Readonly<Record<string, number>>) {
  const names = Object.keys(parts);
  const values = Object.values(parts);
  const total = values.reduce((sum, value) => sum + value, 0);
  return buildTree({
    type: "cpu",
    unit,
    total,
    samples: 100,
    periodNano: 0,
    startUnixNano: "0",
    endUnixNano: "0",
    truncated: false,
    frames: ["(root)", ...names].map((name) => ({
      function: name,
      file: null,
      line: null,
      package: "shop",
      kind: "app",
    })),
    nodes: {
      frame: [0, ...names.map((_, at) => at + 1)],
      parent: [-1, ...names.map(() => 0)],
      self: [0, ...values],
      total: [total, ...values],
      samples: [100, ...names.map(() => 1)],
    },
  });
}
const text = (parts: ReturnType<typeof profileSentence>): string =>
  parts.map((part) => (typeof part === "string" ? part : part.strong)).join("");

test("each type is said in its own words", () => {
  const time = treeOf("nanoseconds", { parse: 45e9, render: 15e9 });
  expect(text(profileSentence("cpu", "checkout", time, 120_000))).toBe(
    "checkout used 0.5 cores: 75 % of it under parse.",
  );
  // How long was sampled is not known yet.
  expect(text(profileSentence("cpu", "checkout", time, undefined))).toBe(
    "checkout used 60.0 s of CPU time: 75 % of it under parse.",
  );
  expect(text(profileSentence("wall", "GET /cart", time, 120_000))).toBe(
    "GET /cart spent 60.0 s in code: 75 % of it under parse.",
  );
  expect(text(profileSentence("loop_hold", "POST /export", time, 1))).toContain("delayed others by 60.0 s");
  const heap = treeOf("bytes", { load: 3 * 1024 * 1024 });
  expect(text(profileSentence("heap_inuse", "web", heap, 1))).toBe(
    "web held 3.0 MiB: 100 % of it under load.",
  );
  expect(text(profileSentence("heap_alloc", "web", heap, 1))).toContain("web allocated 3.0 MiB");
});

test("what is spread names the largest function, if any is large; nothing is said of nothing", () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, 1e9]));
  expect(text(profileSentence("cpu", "a", treeOf("nanoseconds", many), 40_000))).toBe(
    "a used 1 core, spread over many functions.",
  );
  expect(text(profileSentence("cpu", "a", treeOf("nanoseconds", { f: 4e9, g: 3e9, h: 3e9 }), 10_000))).toBe(
    "a used 1 core, spread over many functions, the most in f (40 %).",
  );
  expect(text(profileSentence("heap_inuse", "a", treeOf("bytes", {}), 1))).toBe("a sent no heap profile.");
});

test("across services the largest is named", () => {
  expect(text(fleetSentence("cpu", { name: "checkout", rate: 0.42 }, 0.61))).toBe(
    "checkout uses the most CPU: 0.42 cores of 0.61 cores.",
  );
  expect(text(fleetSentence("cpu", undefined, 0))).toBe("No service was profiled in this time.");
});

test("a selection without samples offers the step that helps most", () => {
  const state = { service: "web" };
  expect(wordsOf({ ...state, focus: ["x"], selFrom: 1, selTo: 2 }).step?.change).toHaveProperty("focus");
  expect(wordsOf({ ...state, selFrom: 1, selTo: 2, version: ["1"] }).step?.change).toHaveProperty("selFrom");
  expect(wordsOf({ ...state, version: ["1"] }).step?.words).toBe("All of web");
  expect(wordsOf(state).step?.change).toEqual({ type: "wall" });
  expect(wordsOf({ ...state, type: "heap_alloc" }).text).toContain("HOTSPAN_ALLOCATIONS=on");
});

test("what a type cannot be narrowed by is said before it is asked", () => {
  expect(unanswerable({ type: "loop_hold", endpoint: "GET /" })).toBeUndefined();
  expect(unanswerable({ type: "loop_hold", minMs: 5 })?.step?.change).toHaveProperty("minMs", undefined);
  expect(unanswerable({ type: "heap_inuse", endpoint: "GET /" })?.title).toBe("Memory belongs to no request");
  expect(unanswerable({ type: "heap_inuse", version: ["1"] })).toBeUndefined();
});
