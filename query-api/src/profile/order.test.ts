import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameTable, type SampleSet } from "./frames.ts";
import { inOrder } from "./order.ts";
import { toPprof } from "./pprof.ts";
import { toSpeedscope } from "./text.ts";

const names = ["main", "work", "parse"];
const samples = [
  { stack: ["parse", "main"], spanId: "a1", wall: 3 },
  { stack: ["parse", "main"], spanId: "a2", wall: 2 },
  { stack: ["parse", "main"], spanId: "a2", wall: 1 },
  { stack: ["main"], spanId: "a1", wall: 4 },
  { stack: ["work", "main"], spanId: "a1", wall: 5 },
  { stack: [], spanId: "a1", wall: 6 },
];

/** These samples as they might be read: frames are numbered as they come. */
function read(order: readonly (typeof samples)[number][], frames: readonly string[]): SampleSet {
  const table = new FrameTable();
  const intern = (name: string): number => table.intern(name, `src/${name}.ts`, 1, "web", "app");
  frames.forEach(intern);
  return {
    type: "wall",
    frames: table.frames,
    stacks: order.map(({ stack, spanId, wall }) => ({
      stack: stack.map(intern),
      traceId: "b1",
      spanId,
      wall,
      cpu: 0,
      samples: 1,
    })),
    periodNano: 1,
    startUnixNano: 1n,
    endUnixNano: 2n,
    truncated: false,
  };
}

test("files of equal samples are equal, in whatever order they were read", () => {
  const whole = { minLength: samples.length, maxLength: samples.length };
  const files = (set: SampleSet) => [toPprof(inOrder(set)), toSpeedscope(inOrder(set), "x")];
  const expected = files(read(samples, names));
  fc.assert(
    fc.property(
      fc.shuffledSubarray(samples, whole),
      fc.shuffledSubarray(names, { minLength: 3, maxLength: 3 }),
      (order, frames) => {
        expect(files(read(order, frames))).toEqual(expected);
      },
    ),
  );
});
