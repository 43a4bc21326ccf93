import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Profile } from "../../api/types.ts";
import { anyProfile, profileOf } from "../fixture.ts";
import { buildTree } from "../tree.ts";
import { callersOf, invert } from "./invert.ts";
import { allPackages, functionKey, packageOf, type Step } from "./step.ts";
import { applyStep, applySteps, collapsePackage, focusFunction } from "./transform.ts";

/** A profile as what it is made of: ways of calls with time at their end. The root stands in none. */
type Stacks = ReadonlyMap<string, number>;
const joint = " → ";

function stacksOf(profile: Profile): Stacks {
  const { nodes, frames } = profile;
  const paths: string[][] = [];
  const stacks = new Map<string, number>();
  nodes.frame.forEach((frame, node) => {
    const above = paths[nodes.parent[node] ?? -1];
    const path = above === undefined ? [] : [...above, functionKey(frames[frame]!)];
    paths.push(path);
    const self = nodes.self[node] ?? 0;
    const text = path.join(joint);
    if (self > 0) stacks.set(text, (stacks.get(text) ?? 0) + self);
  });
  return stacks;
}

function mapped(stacks: Stacks, change: (path: readonly string[]) => readonly string[] | undefined): Stacks {
  const result = new Map<string, number>();
  for (const [text, value] of stacks) {
    const path = change(text === "" ? [] : text.split(joint));
    if (path === undefined) continue;
    const to = path.join(joint);
    result.set(to, (result.get(to) ?? 0) + value);
  }
  return result;
}

/** What each step means for one way of calls. */
function meaning(
  profile: Profile,
  { kind, of }: Step,
): (path: readonly string[]) => readonly string[] | undefined {
  switch (kind) {
    case "merge":
      return (path) => path.filter((key) => key !== of);
    case "drop":
      return (path) => (path.includes(of) ? undefined : path);
    case "focus":
      return (path) => (path.includes(of) ? path.slice(path.indexOf(of)) : undefined);
    case "unrecurse":
      return (path) =>
        path.includes(of)
          ? [...path.slice(0, path.indexOf(of) + 1), ...path.slice(path.lastIndexOf(of) + 1)]
          : path;
    case "collapse": {
      const inside = new Set(
        profile.frames
          .filter((frame) => (of === allPackages ? frame.kind === "dependency" : packageOf(frame) === of))
          .map(functionKey),
      );
      return (path) =>
        path.flatMap((key, i) =>
          !inside.has(key) ? [key] : inside.has(path[i - 1] ?? "") ? [] : [collapsed(of)],
        );
    }
  }
}

const collapsed = (of: string): string => (of === "node:" ? "/Node.js and V8 " : `${of}/${of} `);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("focus", "merge", "drop", "unrecurse"),
    of: fc.nat(6).map((n) => (n % 4 === 1 ? `p${n}/f${n} ` : `/f${n} `)),
  }),
  fc.record({
    kind: fc.constant("collapse" as const),
    of: fc.constantFrom(allPackages, "p1", "p5", "node:"),
  }),
);

function sums(profile: Profile): void {
  const { parent, self, total, frame } = profile.nodes;
  const below = frame.map(() => 0);
  for (let node = 1; node < frame.length; node++) {
    expect(parent[node]).toBeLessThan(node);
    below[parent[node]!]! += total[node]!;
  }
  frame.forEach((_, node) => expect(total[node]).toBe(self[node]! + below[node]!));
  expect(profile.total).toBe(total[0]);
}

/** Calls of one function under one parent are one frame. */
function folded(profile: Profile): void {
  const { parent, frame } = profile.nodes;
  const places = frame.map((one, node) => `${parent[node]} ${functionKey(profile.frames[one]!)}`);
  expect(new Set(places).size).toBe(places.length);
}

describe("for any profile", () => {
  test("a step does to the tree what it does to each way of calls, and sums hold", () => {
    fc.assert(
      fc.property(anyProfile, anyStep, (profile, step) => {
        const result = applyStep(profile, step);
        expect(stacksOf(result)).toEqual(mapped(stacksOf(profile), meaning(profile, step)));
        sums(result);
        folded(result);
        buildTree(result);
      }),
    );
  });

  test("steps follow each other, and what is no step is left out", () => {
    fc.assert(
      fc.property(anyProfile, fc.array(anyStep, { maxLength: 4 }), (profile, steps) => {
        const texts = steps.flatMap(({ kind, of }) => [`${kind} ${of}`, "nonsense", "merge "]);
        const oneByOne = steps.reduce(applyStep, profile);
        expect(applySteps(profile, texts)).toEqual(oneByOne);
      }),
    );
  });

  test("a step done twice changes nothing the second time", () => {
    fc.assert(
      fc.property(anyProfile, anyStep, (profile, step) => {
        const once = applyStep(profile, step);
        expect(stacksOf(applyStep(once, step))).toEqual(stacksOf(once));
      }),
    );
  });

  test("the inverted tree is every way of calls read backwards", () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const result = invert(profile);
        expect(stacksOf(result)).toEqual(mapped(stacksOf(profile), (path) => path.toReversed()));
        sums(result);
        folded(result);
      }),
    );
  });

  test("callers and callees of a function each hold all of its time, once", () => {
    fc.assert(
      fc.property(anyProfile, fc.nat(6), (profile, n) => {
        const key = functionKey(profile.frames[n]!);
        const callers = callersOf(profile, key);
        const callees = focusFunction(profile, key);
        let expected = 0;
        for (const [text, value] of stacksOf(profile)) if (text.split(joint).includes(key)) expected += value;
        expect(callers.total).toBe(expected);
        expect(callees.total).toBe(expected);
        sums(callers);
        expect(stacksOf(callers)).toEqual(
          mapped(stacksOf(profile), (path) =>
            path.includes(key) ? path.slice(0, path.indexOf(key) + 1).toReversed() : undefined,
          ),
        );
      }),
    );
  });
});

test("read backwards, callers of what nobody could see are not followed, and their time stays", () => {
  const profile = profileOf({
    f: "root",
    c: [
      { f: "large", self: 1_000_000 },
      { f: "caller", c: [{ f: "tiny", self: 3 }] },
    ],
  });
  const result = invert(profile);
  expect(Object.fromEntries(stacksOf(result))).toEqual({ "/large large.ts": 1_000_000, "/tiny tiny.ts": 3 });
  expect(result.truncated).toBe(true);
  expect(result.total).toBe(profile.total);
});

test("marks of a highlight stay with their frames", () => {
  const profile = profileOf({ f: "root", c: [{ f: "a", c: [{ f: "hot", self: 3 }] }] });
  const marked: Profile = { ...profile, nodes: { ...profile.nodes, highlighted: [false, false, true] } };
  expect(applyStep(marked, { kind: "merge", of: "/a a.ts" }).nodes.highlighted).toEqual([false, true]);
  expect(invert(marked).nodes.highlighted).toEqual([false, true, false]);
});

test("a collapsed package keeps what lies between its runs", () => {
  const dependency = { kind: "dependency", package: "express" } as const;
  const profile = profileOf({
    f: "root",
    c: [
      {
        f: "handle",
        ...dependency,
        self: 1,
        c: [
          {
            f: "next",
            ...dependency,
            self: 2,
            c: [{ f: "own", self: 4, c: [{ f: "send", ...dependency, self: 8 }] }],
          },
        ],
      },
    ],
  });
  expect(Object.fromEntries(stacksOf(collapsePackage(profile, "express")))).toEqual({
    "express/express ": 3,
    "express/express  → /own own.ts": 4,
    "express/express  → /own own.ts → express/express ": 8,
  });
});
