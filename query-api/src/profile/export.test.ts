import { Profile } from "pprof-format";
import { expect, test } from "vitest";
import { FrameTable, type SampleSet } from "./frames.ts";
import { toPprof } from "./pprof.ts";
import { toCollapsed, toSpeedscope } from "./text.ts";
import { topFunctions } from "./top.ts";

function example(type: SampleSet["type"] = "wall"): SampleSet {
  const table = new FrameTable();
  const main = table.intern("main", "src/main.ts", 3, "web", "app");
  const loop = table.intern("loop;ü\n", "src/loop.ts", 9, "web", "app");
  const spanId = "00000000000000a1";
  const traceId = "000000000000000000000000000000b1";
  return {
    type,
    frames: table.frames,
    stacks: [
      { stack: [loop, main], wall: 30, cpu: 20, samples: 3, traceId, spanId },
      { stack: [loop, loop, main], wall: 10, cpu: 10, samples: 1, traceId, spanId },
      { stack: [main], wall: 5, cpu: 0, samples: 1 },
      { stack: [], wall: 1, cpu: 1, samples: 1 },
    ],
    periodNano: 10_101_010,
    startUnixNano: 1_790_000_000_000_000_123n,
    endUnixNano: 1_790_000_000_100_000_123n,
    truncated: false,
  };
}

test("pprof keeps values, stacks, functions, files, lines, labels, period and time", () => {
  const profile = Profile.decode(toPprof(example()));
  const text = (at: number | bigint): string => profile.stringTable.strings[Number(at)]!;
  expect(profile.sampleType.map((one) => [text(one.type), text(one.unit)])).toEqual([
    ["wall", "nanoseconds"],
    ["cpu", "nanoseconds"],
  ]);
  expect(text(profile.defaultSampleType)).toBe("wall");
  expect(profile.timeNanos).toBe(1_790_000_000_000_000_123n);
  expect(Number(profile.durationNanos)).toBe(100_000_000);
  expect(Number(profile.period)).toBe(10_101_010);
  const functions = new Map(profile.function.map((one) => [one.id, one]));
  const locations = new Map(profile.location.map((one) => [one.id, one]));
  const read = profile.sample.map((sample) => ({
    value: sample.value.map(Number),
    stack: sample.locationId.map((id) => {
      const line = locations.get(id)!.line[0]!;
      const fn = functions.get(line.functionId)!;
      return `${text(fn.name)} ${text(fn.filename)}:${line.line}`;
    }),
    label: Object.fromEntries(sample.label.map((label) => [text(label.key), text(label.str)])),
  }));
  const label = { trace_id: "000000000000000000000000000000b1", span_id: "00000000000000a1" };
  expect(read).toEqual([
    { value: [30, 20], stack: ["loop;ü\n src/loop.ts:9", "main src/main.ts:3"], label },
    {
      value: [10, 10],
      stack: ["loop;ü\n src/loop.ts:9", "loop;ü\n src/loop.ts:9", "main src/main.ts:3"],
      label,
    },
    { value: [5, 0], stack: ["main src/main.ts:3"], label: {} },
    { value: [1, 1], stack: [], label: {} },
  ]);
});

test("a heap profile in pprof has bytes", () => {
  const profile = Profile.decode(toPprof(example("heap_inuse")));
  const strings = profile.stringTable.strings;
  expect(profile.sampleType.map((one) => strings[Number(one.type)])).toEqual(["inuse_space"]);
  expect(profile.sample[0]!.value.map(Number)).toEqual([30]);
});

test("collapsed stacks are one line each, whatever the names contain", () => {
  expect(toCollapsed(example())).toBe("(root) 1\nmain 5\nmain;loop:ü  30\nmain;loop:ü ;loop:ü  10\n");
  expect(toCollapsed(example("cpu"))).toBe("(root) 1\nmain;loop:ü  20\nmain;loop:ü ;loop:ü  10\n");
});

test("speedscope's samples point at shared frames, root first, and weigh as much as the profile", () => {
  const file = toSpeedscope(example(), "span-1") as {
    $schema: string;
    shared: { frames: { name: string; file?: string; line?: number }[] };
    profiles: {
      type: string;
      unit: string;
      startValue: number;
      endValue: number;
      samples: number[][];
      weights: number[];
    }[];
  };
  expect(file.$schema).toBe("https://www.speedscope.app/file-format-schema.json");
  const [profile] = file.profiles;
  expect(profile).toMatchObject({ type: "sampled", unit: "nanoseconds", startValue: 0, endValue: 46 });
  expect(profile!.weights).toEqual([30, 10, 5, 1]);
  expect(profile!.samples.map((stack) => stack.map((id) => file.shared.frames[id]!.name))).toEqual([
    ["main", "loop;ü\n"],
    ["main", "loop;ü\n", "loop;ü\n"],
    ["main"],
    [],
  ]);
});

test("top counts a recursive function once per sample", () => {
  expect(topFunctions(example(), 10)).toEqual([
    { function: "loop;ü\n", package: "web", self: 40, total: 40, samples: 4 },
    { function: "main", package: "web", self: 5, total: 45, samples: 5 },
  ]);
  expect(topFunctions(example(), 1)).toHaveLength(1);
});
