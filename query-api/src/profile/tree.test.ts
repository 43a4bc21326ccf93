import fc from "fast-check";
import { expect, test } from "vitest";
import type { Profile } from "../types.ts";
import { applyFilters, compileFilters } from "./filters.ts";
import { FrameTable, type SampleSet } from "./frames.ts";
import { toProfile } from "./json.ts";

const names = ["main", "route", "parse", "render", "gc", "read"];
const packages = ["", "web", "express"];

function setOf(
  samples: readonly { stack: readonly [number, number][]; value: number; n: number }[],
): SampleSet {
  const table = new FrameTable();
  return {
    type: "wall",
    stacks: samples.map(({ stack, value, n }) => ({
      stack: stack.map(([name, pkg]) =>
        table.intern(names[name]!, `${names[name]}.ts`, name, packages[pkg]!, "app"),
      ),
      wall: value,
      cpu: 0,
      samples: n,
    })),
    frames: table.frames,
    periodNano: 1,
    startUnixNano: 0n,
    endUnixNano: 1n,
    truncated: false,
  };
}

const sampleSets = fc
  .array(
    fc.record({
      stack: fc.array(fc.tuple(fc.nat(names.length - 1), fc.nat(packages.length - 1)), { maxLength: 7 }),
      value: fc.nat(1000),
      n: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 40 },
  )
  .map(setOf);
const patterns = fc.constantFrom("^express/", "parse", "main|gc", "web/", "nothing", "[rR]e", "render\\.ts$");
const filterTexts = fc.record(
  {
    focus: fc.array(patterns, { maxLength: 2 }),
    hide: fc.array(patterns, { maxLength: 2 }),
    show: fc.array(patterns, { maxLength: 2 }),
    highlight: fc.array(patterns, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

function checkInvariants(profile: Profile): void {
  const { frame, parent, self, total, samples } = profile.nodes;
  const lengths = new Set([frame.length, parent.length, self.length, total.length, samples.length]);
  expect(lengths.size).toBe(1);
  expect(parent[0]).toBe(-1);
  const sums = [...self];
  for (let i = frame.length - 1; i > 0; i--) {
    expect(parent[i]).toBeGreaterThanOrEqual(0);
    expect(parent[i]).toBeLessThan(i);
    sums[parent[i]!]! += sums[i]!;
  }
  expect(total).toEqual(sums);
  expect(profile.total).toBe(total[0]);
  expect(self.reduce((a, b) => a + b, 0)).toBe(profile.total);
  const last = new Map<number, number>();
  for (let i = 1; i < frame.length; i++) {
    expect(total[i]).toBeLessThanOrEqual(last.get(parent[i]!) ?? Infinity);
    last.set(parent[i]!, total[i]!);
  }
  for (const index of frame) expect(profile.frames[index]).toBeDefined();
}

const sumOf = (set: SampleSet): number => set.stacks.reduce((sum, one) => sum + one.wall, 0);
const plain = compileFilters({});

test("a tree sums up, stands in order and keeps every sample", () => {
  fc.assert(
    fc.property(sampleSets, (set) => {
      const profile = toProfile(set, 16384, []);
      checkInvariants(profile);
      expect(profile.total).toBe(sumOf(set));
      expect(profile.samples).toBe(set.stacks.reduce((sum, one) => sum + one.samples, 0));
      expect(profile.truncated).toBe(false);
      // One node per frame and parent.
      const keys = profile.nodes.frame.map((frame, i) => `${profile.nodes.parent[i]}/${frame}`);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

test("maxNodes bounds the tree without changing sums, and folds under the right parents", () => {
  fc.assert(
    fc.property(sampleSets, fc.integer({ min: 2, max: 30 }), (set, maxNodes) => {
      const full = toProfile(set, 16384, []);
      const cut = toProfile(set, maxNodes, []);
      checkInvariants(cut);
      expect(cut.nodes.frame.length).toBeLessThanOrEqual(maxNodes);
      expect(cut.total).toBe(full.total);
      expect(cut.samples).toBe(full.samples);
      expect(cut.truncated).toBe(full.nodes.frame.length > maxNodes);
      const others = cut.nodes.frame
        .map((frame, i) => [cut.frames[frame]!.function, cut.nodes.parent[i]!] as const)
        .filter(([name]) => name === "other");
      expect(new Set(others.map(([, parent]) => parent)).size).toBe(others.length);
      // What is kept has the totals it had.
      const path = (profile: Profile, i: number): string =>
        i < 0
          ? ""
          : `${path(profile, profile.nodes.parent[i]!)}>${JSON.stringify(profile.frames[profile.nodes.frame[i]!])}`;
      const totals = new Map(full.nodes.total.map((total, i) => [path(full, i), total]));
      cut.nodes.total.forEach((total, i) => {
        if (cut.frames[cut.nodes.frame[i]!]!.function !== "other")
          expect(totals.get(path(cut, i))).toBe(total);
      });
    }),
  );
});

test("equal samples in another order give an equal tree", () => {
  fc.assert(
    fc.property(sampleSets, fc.integer({ min: 2, max: 40 }), (set, maxNodes) => {
      // Ties at the cut may fall to either side, so totals are compared there, and all of it when nothing is cut.
      const back = { ...set, stacks: [...set.stacks].reverse() };
      const [a, b] = [toProfile(set, 16384, []), toProfile(back, 16384, [])];
      expect(b).toEqual(a);
      expect(toProfile(back, maxNodes, []).total).toBe(a.total);
    }),
  );
});

test("hide and show change no total, focus only drops, highlight only marks", () => {
  fc.assert(
    fc.property(sampleSets, filterTexts, (set, text) => {
      const filters = compileFilters(text);
      const filtered = applyFilters(set, filters);
      const profile = toProfile(filtered, 16384, filters.highlight);
      checkInvariants(profile);
      const focused = applyFilters(set, { ...plain, focus: filters.focus });
      expect(profile.total).toBe(sumOf(focused));
      expect(sumOf(focused)).toBeLessThanOrEqual(sumOf(set));
      const unmarked = toProfile(filtered, 16384, []);
      expect({ ...profile, nodes: { ...profile.nodes, highlighted: undefined } }).toEqual({
        ...unmarked,
        nodes: { ...unmarked.nodes, highlighted: undefined },
      });
      for (const frame of profile.frames) {
        const line = `${frame.package ?? ""}/${frame.function} ${frame.file ?? ""}`;
        if (frame.kind === "runtime") continue;
        for (const hidden of text.hide ?? []) expect(line).not.toMatch(new RegExp(hidden));
        if (text.show !== undefined && text.show.length > 0)
          expect(text.show.some((one) => new RegExp(one).test(line))).toBe(true);
      }
    }),
  );
});

test("hiding folds self into the visible parent", () => {
  const set = setOf([
    {
      stack: [
        [2, 1],
        [1, 2],
        [0, 1],
      ],
      value: 5,
      n: 1,
    },
    {
      stack: [
        [1, 2],
        [0, 1],
      ],
      value: 3,
      n: 1,
    },
  ]);
  const profile = toProfile(applyFilters(set, compileFilters({ hide: ["^express/"] })), 100, []);
  expect(profile.frames.map((frame) => frame.function)).toEqual(["(root)", "main", "parse"]);
  expect(profile.nodes.self).toEqual([0, 3, 5]);
  expect(profile.nodes.total).toEqual([8, 8, 5]);
});

test("focus patterns each have to match, before anything is hidden", () => {
  const set = setOf([
    {
      stack: [
        [2, 1],
        [1, 2],
        [0, 1],
      ],
      value: 5,
      n: 1,
    },
    {
      stack: [
        [3, 1],
        [0, 1],
      ],
      value: 3,
      n: 1,
    },
  ]);
  const total = (text: object): number => toProfile(applyFilters(set, compileFilters(text)), 100, []).total;
  expect(total({ focus: ["express", "parse"] })).toBe(5);
  expect(total({ focus: ["express"], hide: ["express"] })).toBe(5);
  expect(total({ focus: ["express", "render"] })).toBe(0);
});

test("a pattern is RE2: what it cannot do is refused by name, and it runs in linear time", () => {
  for (const bad of ["(?=a)", "(?<!a)b", "(a)\\1", "(", "[", "*a", "a{2,1}", "(a{1000}){1000}"])
    expect(() => compileFilters({ hide: [bad] }), bad).toThrow(
      expect.objectContaining({ code: "bad_filter", field: "hide" }) as Error,
    );
  const slow = compileFilters({ focus: ["^(a+)+$"] }).focus[0]!;
  expect(slow.test(`${"a".repeat(50_000)}b`)).toBe(false);
});
