import fc from "fast-check";
import { expect, test } from "vitest";
import { CompareError } from "./errors.ts";
import { compareProfiles, type ProfileSide } from "./profiles.ts";
import type { ProfileFrame } from "./profile-tree.ts";
import { Random } from "./random.ts";

const root: ProfileFrame = { function: "(root)", package: null, file: null, line: null, kind: "runtime" };

function frame(name: string, line = 1, file = "a.ts"): ProfileFrame {
  return { function: name, package: "shop", file, line, kind: "app" };
}

/** Nodes: [frame, parent, self]; node 0 is the root. */
function side(
  frames: readonly ProfileFrame[],
  nodes: readonly (readonly [frame: number, parent: number, self: number])[],
  more: Partial<ProfileSide> = {},
): ProfileSide {
  const all = [[0, -1, 0] as const, ...nodes];
  const total = nodes.reduce((sum, [, , self]) => sum + self, 0);
  return {
    unit: "nanoseconds",
    total,
    samples: nodes.length,
    spans: 10,
    seconds: 20,
    frames: [root, ...frames],
    nodes: {
      frame: all.map(([id]) => id),
      parent: all.map(([, parent]) => parent),
      self: all.map(([, , self]) => self),
    },
    ...more,
  };
}

const trees = fc
  .array(fc.tuple(fc.nat(4), fc.nat(1000), fc.nat(1_000_000), fc.nat(2)), { maxLength: 40 })
  .map((nodes) => {
    const lines = nodes.map(([, , , line]) => line);
    const names = nodes.map(([name], i) => frame("abcde"[name]!, lines[i]));
    return side(
      names,
      nodes.map(([, parent, self], i) => [i + 1, parent % (i + 1), self] as const),
    );
  });

test("nodes sum to both sides' totals, and so do functions, by every divisor", () => {
  fc.assert(
    fc.property(
      trees,
      trees,
      fc.constantFrom("per_span" as const, "per_second" as const, "share" as const),
      (base, other, normalise) => {
        const { nodes, functions } = compareProfiles(base, other, normalise);
        for (const [total, self, one] of [
          [nodes.baseTotal, nodes.baseSelf, base],
          [nodes.otherTotal, nodes.otherSelf, other],
        ] as const) {
          const divisor = normalise === "per_span" ? 10 : normalise === "per_second" ? 20 : one.total || 1;
          expect(total[0]).toBeCloseTo(one.total / divisor, 5);
          for (let node = 0; node < total.length; node++) {
            let sum = self[node]!;
            nodes.parent.forEach((parent, child) => {
              if (parent === node) sum += total[child]!;
            });
            expect(total[node]).toBeCloseTo(sum, 5);
          }
        }
        expect(functions.reduce((sum, row) => sum + row.base, 0)).toBeCloseTo(nodes.baseTotal[0]!, 5);
        expect(functions.reduce((sum, row) => sum + row.other, 0)).toBeCloseTo(nodes.otherTotal[0]!, 5);
        nodes.parent.forEach((parent, node) => expect(parent).toBeLessThan(node));
      },
    ),
    { seed: 1 },
  );
});

test("a deploy that moves lines changes nothing", () => {
  const base = side(
    [frame("parse", 27), frame("inner", 4)],
    [
      [1, 0, 5],
      [2, 1, 7],
    ],
  );
  const other = side(
    [frame("parse", 31), frame("inner", 8)],
    [
      [1, 0, 5],
      [2, 1, 7],
    ],
  );
  const result = compareProfiles(base, other, "per_span");
  expect(result.functions.every((row) => row.delta === 0)).toBe(true);
  expect(result.nodes.frame).toHaveLength(3);
  expect(result.frames.map((one) => one.line)).toEqual([null, 31, 8]);
});

test("the same name in another file or package is another function", () => {
  const base = side([frame("parse", 1, "a.ts")], [[1, 0, 5]]);
  const other = side([frame("parse", 1, "b.ts")], [[1, 0, 5]]);
  expect(compareProfiles(base, other, "per_span").functions).toHaveLength(2);
});

function withReplicates(seed: number, extra: number): ProfileSide {
  const random = new Random(seed);
  const names = Array.from({ length: 50 }, (_, i) => frame(`f${i}`));
  const weights = Float64Array.from({ length: 60 }, () => 1 + random.below(20));
  const functions = names.map((_, i) => ({
    frame: i + 1,
    self: weights.map((weight) => weight * (100 + random.below(400) + (i === 7 ? extra : 0))),
  }));
  const sum = (values: Float64Array): number => values.reduce((all, one) => all + one, 0);
  return side(
    names,
    functions.map(({ frame, self }) => [frame, 0, sum(self)]),
    { spans: sum(weights), replicates: { weights, functions } },
  );
}

test("a function that takes more per span is found, its interval holds the truth; the others are chance", () => {
  const { functions } = compareProfiles(withReplicates(1, 0), withReplicates(2, 200), "per_span");
  const [first, ...others] = functions;
  expect(first).toMatchObject({ function: "f7", significant: true, p: 0.001 });
  expect(first!.low).toBeLessThan(200);
  expect(first!.high).toBeGreaterThan(200);
  for (const row of others) expect(row.significant).toBe(false);
  for (const row of functions) {
    expect(row.low).toBeLessThanOrEqual(row.delta);
    expect(row.high).toBeGreaterThanOrEqual(row.delta);
  }
});

test("shares are divided by each piece's own total", () => {
  const { functions, unit } = compareProfiles(withReplicates(1, 0), withReplicates(2, 3000), "share");
  expect(unit).toBe("share");
  expect(functions[0]).toMatchObject({ function: "f7", significant: true });
});

test("equal sides differ by chance only, in 40 draws", () => {
  let found = 0;
  for (let run = 0; run < 40; run++) {
    const { functions } = compareProfiles(
      withReplicates(1000 + run, 0),
      withReplicates(5000 + run, 0),
      "per_span",
      {
        seed: run,
        permutations: 199,
      },
    );
    if (functions.some((row) => row.significant)) found++;
  }
  // 5 % of 40 are 2.
  expect(found).toBeLessThanOrEqual(5);
});

test("without replicates there is a difference but no claim about it", () => {
  const { replicates: _, ...bare } = withReplicates(1, 0);
  const [first] = compareProfiles(bare, withReplicates(2, 0), "per_span").functions;
  expect(first).toMatchObject({ low: null, high: null, p: null, significant: false });
});

test("an empty side compares as nothing", () => {
  const empty = side([], [], { spans: 0, seconds: 0 });
  const full = side([frame("parse")], [[1, 0, 50]]);
  const result = compareProfiles(empty, full, "share");
  expect(result.functions[0]).toMatchObject({ base: 0, other: 1 });
});

test("broken trees and units that differ are refused", () => {
  const good = side([frame("parse")], [[1, 0, 5]]);
  const forward = side([frame("parse")], [[1, 2, 5]]);
  expect(() => compareProfiles(good, forward, "per_span")).toThrow(CompareError);
  expect(() => compareProfiles(good, { ...good, unit: "bytes" }, "per_span")).toThrow(CompareError);
});
