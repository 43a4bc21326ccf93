import fc from "fast-check";
import {
  Function as PprofFunction,
  Line,
  Location,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";
import { describe, expect, it } from "vitest";
import { WireError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { makeWindow } from "../testing/window.ts";
import { type Pprof, readPprof } from "./read.ts";

type Row = readonly [name: string, file: string, line: number, column: number];

function ours(pprof: Pprof): Row[][] {
  return Array.from({ length: pprof.samples }, (_, sample) => {
    const frames: Row[] = [];
    for (let l = pprof.sampleStart[sample] as number; l < (pprof.sampleStart[sample + 1] as number); l++) {
      const location = pprof.sampleLocations[l] as number;
      for (let i = pprof.lineStart[location] as number; i < (pprof.lineStart[location + 1] as number); i++) {
        const fn = pprof.lineFunction[i] as number;
        frames.push([
          pprof.string(pprof.functionName[fn] as number),
          pprof.string(pprof.functionFile[fn] as number),
          pprof.lineNumber[i] as number,
          pprof.lineColumn[i] as number,
        ]);
      }
    }
    return frames;
  });
}

function theirs(bytes: Uint8Array): Row[][] {
  const profile = Profile.decode(bytes);
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  const functions = new Map(profile.function.map((fn) => [fn.id, fn]));
  const locations = new Map(profile.location.map((location) => [location.id, location]));
  return profile.sample.map((sample) =>
    sample.locationId.flatMap((id) =>
      (locations.get(id)?.line ?? []).map((line): Row => {
        const fn = functions.get(line.functionId);
        return [text(fn?.name ?? 0), text(fn?.filename ?? 0), Number(line.line), Number(line.column)];
      }),
    ),
  );
}

/** Profiles with inlined lines, ids out of order and far apart, and texts of any script. */
const arbitraryProfile = fc
  .record({
    texts: fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { minLength: 1, maxLength: 12 }),
    functions: fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 10 }),
    functionIds: fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.nat(2 ** 31 - 1)), {
      minLength: 10,
      maxLength: 10,
    }),
    locations: fc.array(fc.array(fc.tuple(fc.nat(50), fc.nat(70_000), fc.nat(300)), { maxLength: 3 }), {
      minLength: 1,
      maxLength: 12,
    }),
    samples: fc.array(fc.array(fc.nat(50), { maxLength: 20 }), { maxLength: 12 }),
  })
  .map(({ texts, functions, functionIds, locations, samples }) => {
    const stringTable = new StringTable();
    const text = (i: number): number => stringTable.dedup(texts[i % texts.length] as string);
    const id = (i: number): number => (functionIds[i % functions.length] ?? 0) + 1;
    const profile = new Profile({
      stringTable,
      sampleType: [
        new ValueType({ type: stringTable.dedup("wall"), unit: stringTable.dedup("nanoseconds") }),
      ],
      function: functions.map(
        ([name, file], i) => new PprofFunction({ id: id(i), name: text(name), filename: text(file) }),
      ),
      location: locations.map(
        (lines, i) =>
          new Location({
            id: i * 7 + 1,
            line: lines.map(([fn, line, column]) => new Line({ functionId: id(fn), line, column })),
          }),
      ),
      sample: samples.map(
        (stack) => new Sample({ locationId: stack.map((l) => (l % locations.length) * 7 + 1), value: [1] }),
      ),
    });
    return profile.encode();
  });

describe("readPprof", () => {
  it("sees what pprof-format sees, sample by sample", () => {
    fc.assert(
      fc.property(arbitraryProfile, (bytes) => {
        expect(ours(readPprof(bytes))).toEqual(theirs(bytes));
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it("reads the section of a window", () => {
    const { pprof } = makeWindow();
    expect(ours(readPprof(pprof))).toEqual(theirs(pprof));
  });

  it.each([
    [{ samples: 3 }, "HOTSPAN_WIRE_TOO_MANY_SAMPLES"],
    [{ depth: 3 }, "HOTSPAN_WIRE_STACK_TOO_DEEP"],
    [{ frames: 20 }, "HOTSPAN_WIRE_TOO_MANY_FRAMES"],
    [{ frameLength: 4 }, "HOTSPAN_WIRE_FRAME_TOO_LONG"],
  ])("holds the limit %o", (limit, code) => {
    expect(() => ours(readPprof(makeWindow({ seconds: 1 }).pprof, { ...LIMITS, ...limit }))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it("throws nothing but WireError, whatever the bytes", () => {
    const { pprof } = makeWindow({ seconds: 1, stacks: 20, depth: 5 });
    let read = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(pprof.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = Uint8Array.from(pprof);
          for (const [at, to] of changes) bytes[at] = to;
          try {
            ours(readPprof(bytes));
            read++;
          } catch (error) {
            if (!(error instanceof WireError)) throw error;
          }
        },
      ),
      { seed: 6, numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});
