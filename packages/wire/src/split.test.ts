import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import { decompress } from "./compress.ts";
import { decodeWindow } from "./decode.ts";
import { readPprof } from "./pprof/read.ts";
import { splitWindow } from "./split.ts";
import { makeWindow } from "./testing/window.ts";
import { sampleTotals, tickWeights } from "./weights.ts";
import type { Window } from "./window.ts";

const times = (deltas: Uint32Array): number[] => {
  let time = 0;
  return Array.from(deltas, (delta) => (time += delta));
};

/** Frames of a sample as text, leaf first. */
function stackOf(window: Window, sample: number): string | undefined {
  if (sample === 0) return undefined;
  const pprof = readPprof(window.pprof);
  const frames: string[] = [];
  for (let l = pprof.sampleStart[sample - 1] as number; l < (pprof.sampleStart[sample] as number); l++) {
    const location = pprof.sampleLocations[l] as number;
    for (let i = pprof.lineStart[location] as number; i < (pprof.lineStart[location + 1] as number); i++) {
      const fn = pprof.lineFunction[i] as number;
      const name = pprof.string(pprof.functionName[fn] as number);
      frames.push(`${name} ${pprof.string(pprof.functionFile[fn] as number)}:${pprof.lineNumber[i]}`);
    }
  }
  return frames.join("\n");
}

/** All a window says about its ticks, turns and events, with labels and stacks resolved. */
function contents(windows: readonly Window[]): unknown {
  const spanOf = (window: Window, row: number): string | undefined => window.labels[row - 1]?.spanId;
  return {
    ticks: windows.flatMap((window) => {
      const cache = new Map<number, string | undefined>();
      return times(window.ticks.deltaMicros).map((time, i) => {
        const sample = window.ticks.stack[i] as number;
        if (!cache.has(sample)) cache.set(sample, stackOf(window, sample));
        const { state, cpuMicros, label } = window.ticks;
        return [time, state[i], cpuMicros[i], spanOf(window, label[i] as number), cache.get(sample)];
      });
    }),
    turns: windows.flatMap((window) =>
      times(window.journal?.turnDeltaMicros ?? new Uint32Array(0)).map((time, i) => [
        time,
        window.journal?.turnBusyMicros[i],
        spanOf(window, window.journal?.turnLabel[i] ?? 0),
      ]),
    ),
    resumes: windows.flatMap((window) =>
      times(window.journal?.resumeDeltaMicros ?? new Uint32Array(0)).map((time, i) => [
        time,
        spanOf(window, window.journal?.resumeLabel[i] ?? 0),
      ]),
    ),
    gc: windows.flatMap((window) =>
      times(window.events.gcDeltaMicros).map((time, i) => [time, window.events.gcDurationMicros[i]]),
    ),
    pool: windows.flatMap((window) => times(window.events.poolDeltaMicros)),
  };
}

describe("splitWindow", () => {
  it("leaves a window of the usual size whole", async () => {
    const window = makeWindow();
    const parts = await splitWindow(window);
    expect(parts.length).toBe(1);
    expect(parts[0]?.window).toBe(window);
  });

  it.each([
    ["half idle", makeWindow({ seed: 3, seconds: 10, stacks: 120, depth: 10 })],
    ["saturated", makeWindow({ seed: 4, seconds: 10, stacks: 120, depth: 10, busy: 1 })],
  ])("makes parts that together say what a %s window said", async (_what, window) => {
    const parts = await splitWindow(window, { targetBytes: 8000 });
    expect(parts.length).toBeGreaterThan(3);
    const windows: Window[] = [];
    for (const [i, { bytes }] of parts.entries()) {
      const part = decodeWindow(await decompress(bytes, "zstd"));
      expect(part.header).toEqual({ ...window.header, part: i + 1, parts: parts.length });
      windows.push(part);
    }
    expect(contents(windows)).toEqual(contents([window]));
  });

  it("sums the values of each part's samples anew, so that pprof and ticks agree in every part", async () => {
    const window = makeWindow({ seed: 5, busy: 0.9, stacks: 120, depth: 10 });
    let cpu = 0;
    let wall = 0;
    for (const { window: part } of await splitWindow(window, { targetBytes: 9000 })) {
      const { sample } = Profile.decode(part.pprof);
      const totals = sampleTotals(part.ticks, part.header, sample.length);
      expect(sample.map((s) => s.value.map(Number))).toEqual(
        Array.from(totals.ticks, (ticks, i) => [totals.wallNanos[i], totals.cpuNanos[i], ticks]),
      );
      cpu += totals.cpuNanos.reduce((a, b) => a + b);
      wall += totals.wallNanos.reduce((a, b) => a + b);
    }
    const whole = sampleTotals(window.ticks, window.header, 1000);
    expect(cpu).toBe(whole.cpuNanos.reduce((a, b) => a + b));
    // At a cut between busy ticks each side falls back to half a period.
    const all = tickWeights(window.ticks, window.header).reduce((a, b) => a + b);
    expect(Math.abs(wall / all - 1)).toBeLessThan(0.02);
  });

  it("goes on halving until every part fits, and says when it cannot", async () => {
    const window = makeWindow({ seed: 6, stacks: 60, depth: 8, seconds: 4 });
    const parts = await splitWindow(window, { targetBytes: 8000, messageBytes: 5000 });
    expect(Math.max(...parts.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(5000);
    await expect(splitWindow(window, { targetBytes: 100, messageBytes: 100 })).rejects.toMatchObject({
      code: "HOTSPAN_WIRE_MESSAGE_TOO_LARGE",
    });
  });
});
