import { LIMITS, readPprof, sampleTotals } from "@hotspan/wire";
import { type Frame, makeWindow, writePprof } from "@hotspan/wire/testing";
import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import { readStacks } from "./stacks.ts";

const frame = (name: string, line = 1): Frame => ({ name, file: `src/${name}.js`, line, column: 3 });
const section = (stacks: readonly (readonly Frame[])[]): Uint8Array =>
  writePprof(
    stacks,
    sampleTotals(makeWindow({ seconds: 1 }).ticks, makeWindow({ seconds: 1 }).header, 99),
    1,
  );
const hashes = (stacks: readonly (readonly Frame[])[]): string[] => {
  const refs = Uint32Array.from(stacks.keys(), (i) => i + 1);
  const { index, ofSample } = readStacks(readPprof(section(stacks)), refs, LIMITS);
  return Array.from(ofSample, (stack) => `${index.high(stack - 1)} ${index.low(stack - 1)}`);
};

describe("readStacks", () => {
  const [a, b, c] = [frame("a"), frame("b"), frame("c")];

  it("hashes frames, not their numbers: the same stacks in another order of ids and strings agree", () => {
    const [first, second] = hashes([
      [a, b, c],
      [c, b],
    ]);
    expect(hashes([[frame("z")], [c, b], [a, b, c]]).slice(1)).toEqual([second, first]);
  });

  it("tells stacks apart by any frame, its line and its place", () => {
    const stacks = [
      [a, b],
      [b, a],
      [a],
      [a, a],
      [],
      [frame("a", 2), b],
      [{ ...a, column: 9 }, b],
      [{ ...a, file: "x" }, b],
    ];
    expect(new Set(hashes(stacks)).size).toBe(stacks.length);
  });

  it("shows every sample the frames that pprof-format sees", () => {
    const { pprof, ticks } = makeWindow({ seconds: 5 });
    const { stringTable, sample, location, function: functions } = Profile.decode(pprof);
    const text = (id: number | bigint | undefined): string => stringTable.strings[Number(id ?? 0)] ?? "";
    const stacks = readStacks(readPprof(pprof), ticks.stack, LIMITS);
    let compared = 0;
    sample.forEach(({ locationId }, i) => {
      const stack = stacks.ofSample[i] as number;
      if (stack === 0) return;
      compared++;
      const expected = locationId.map((id) => {
        const line = location[Number(id) - 1]?.line[0];
        const fn = functions.find((candidate) => candidate.id === line?.functionId);
        return [text(fn?.name), text(fn?.filename), Number(line?.line), Number(line?.column)];
      });
      expect(stacks.frames(stack - 1).map((f) => [f.function, f.file, f.line, f.column])).toEqual(expected);
    });
    expect(compared).toBeGreaterThan(20);
  });

  it("refuses a tick whose sample is not there, and stacks that would fill the memory", () => {
    const pprof = readPprof(section([[a, b, c]]));
    const code = (refs: number[], limits = {}): unknown => {
      try {
        return readStacks(pprof, Uint32Array.from(refs), { ...LIMITS, ...limits });
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    expect(code([2])).toBe("HOTSPAN_WIRE_BAD_REFERENCE");
    expect(code([1], { frames: 2 })).toBe("HOTSPAN_WIRE_TOO_MANY_FRAMES");
    expect(code([1], { frameBytes: 20 })).toBe("HOTSPAN_WIRE_FRAMES_TOO_LARGE");
  });
});
