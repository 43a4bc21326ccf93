import { expect, test } from "vitest";
import type { Labeller } from "../labelling/labeller.ts";
import type { TakenWindow } from "../window/assemble.ts";
import type { Encoded } from "../window/encoder.ts";
import { CostMeter } from "./meter.ts";

const labeller = { counts: { reads: 0, writes: 0 } } as Labeller;
const taken = { periodMicros: 10_101 } as TakenWindow;
const encoded = {
  cpuNanos: 0,
  messages: [],
  facts: { durationMillis: 10_000, labelled: 0, unlabelled: 0, idle: 0 },
} as unknown as Encoded;

test("a map that is read once is spread over ten minutes, and nothing of it is lost", () => {
  const meter = new CostMeter(labeller, { read: 40, write: 600 });
  const mapsOf = (nanos: number): number => meter.window(taken, encoded, nanos).maps;
  let charged = mapsOf(2.5e9);
  // Of a window of 10 s a sixtieth, less than half a percent of a core.
  expect(charged).toBeCloseTo(2.5e9 / 60);
  for (let i = 0; i < 600; i++) charged += mapsOf(0);
  expect(charged / 2.5e9).toBeCloseTo(1, 3);
});
