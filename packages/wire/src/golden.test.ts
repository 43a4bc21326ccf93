import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeWindow } from "./decode.ts";
import { encodeWindow } from "./encode.ts";
import { readPprof } from "./pprof/read.ts";
import { readPprofValues } from "./pprof/values.ts";
import { windowJson } from "./testing/golden.ts";
import { sampleTotals } from "./weights.ts";

const folder = join(import.meta.dirname, "../fixtures");
const names = readdirSync(folder).flatMap((file) => (file.endsWith(".bin") ? [file.slice(0, -4)] : []));

describe("Golden windows of wire versions 1.0 to 1.3", () => {
  it("are all here", () => {
    expect(names.filter((name) => !name.startsWith("split"))).toEqual([
      "heap",
      "hooks",
      "journal",
      "long",
      "no-journal",
      "run-delays",
      "wakes",
    ]);
    expect(names.filter((name) => name.startsWith("split")).length).toBeGreaterThan(1);
  });

  it.each(names)("%s is read as ever, and written again as the same bytes", (name) => {
    const bytes = readFileSync(join(folder, `${name}.bin`));
    const window = decodeWindow(bytes);
    const twin: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
    // What a later version added is empty in it.
    expect(JSON.parse(windowJson(window))).toMatchObject(twin as object);
    expect(Buffer.compare(encodeWindow(window), bytes)).toBe(0);
  });

  it.each(names.filter((name) => name !== "heap"))(
    "%s has a pprof section whose values are the sums of its ticks",
    (name) => {
      const window = decodeWindow(readFileSync(join(folder, `${name}.bin`)));
      const { samples } = readPprof(window.pprof);
      const { ticks } = sampleTotals(window.ticks, window.header, samples);
      expect(ticks.reduce((a, b) => a + b)).toBe(window.ticks.stack.filter((stack) => stack > 0).length);
    },
  );

  it("the heap profile has its values, sample by sample", () => {
    const { heap } = decodeWindow(readFileSync(join(folder, "heap.bin")));
    const pprof = heap?.pprof ?? new Uint8Array(0);
    expect(readPprof(pprof).samples).toBe(2);
    expect(Object.fromEntries(readPprofValues(pprof))).toEqual({
      inuse_objects: Float64Array.of(4, 1),
      inuse_space: Float64Array.of(4_096_000, 64),
      alloc_objects: Float64Array.of(9, 1),
      alloc_space: Float64Array.of(9_216_000, 64),
    });
  });
});
