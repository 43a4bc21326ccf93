import { TickState } from "@hotspan/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TickTable } from "../sampler/ticks.ts";
import { tickColumns } from "./columns.ts";
import { finished } from "./steps.ts";

const PERIOD = 10_000;
const START = 1_000_000;

interface Tick {
  readonly at: number;
  readonly state: number;
  readonly cpu?: number;
  readonly context?: string;
  readonly node?: number;
}

function table(ticks: readonly Tick[]): TickTable {
  return {
    time: Float64Array.from(ticks, ({ at }) => START + at),
    state: Uint8Array.from(ticks, ({ state }) => state),
    cpu: Float64Array.from(ticks, ({ cpu }) => (cpu ?? 0) * 1000),
    context: ticks.map(({ context }) => context),
    node: Int32Array.from(ticks, ({ state, node }) => (state === TickState.idle ? -1 : (node ?? 0))),
    nodes: [],
    parents: [],
    hits: ticks.length,
  };
}

const rows = new Map([
  ["a", 1],
  ["b", 2],
]);
const columns = (ticks: readonly Tick[], end = 10_000_000) =>
  finished(
    tickColumns(table(ticks), START, START + end, PERIOD, (stored) => rows.get(stored as string) ?? 0),
  );

test("even idle ticks become one run; the first behind a busy one stays alone", () => {
  const { ticks } = columns([
    { at: 10_000, state: TickState.js, cpu: 9000 },
    { at: 20_000, state: TickState.idle, cpu: 300 },
    { at: 30_100, state: TickState.idle, cpu: 10 },
    { at: 40_000, state: TickState.idle, cpu: 20 },
    { at: 49_900, state: TickState.idle, cpu: 10 },
    { at: 60_000, state: TickState.js, cpu: 9000 },
  ]);
  expect([...ticks.state]).toEqual([1, 4, 4, 1]);
  expect([...ticks.run]).toEqual([1, 1, 3, 1]);
  expect([...ticks.deltaMicros]).toEqual([10_000, 10_000, 29_900, 10_100]);
  expect([...ticks.cpuMicros]).toEqual([9000, 300, 40, 9000]);
});

test("the single idle tick at which a quiet loop wakes is an edge and stays what it is", () => {
  const { ticks } = columns([
    { at: 5000, state: TickState.idle },
    { at: 400_000, state: TickState.idle, cpu: 700 },
    { at: 900_000, state: TickState.idle, cpu: 200 },
  ]);
  expect([...ticks.deltaMicros]).toEqual([5000, 395_000, 500_000]);
  expect(ticks.run).toHaveLength(0);
});

test("a stack with two labels is two samples, a label with two stacks as well", () => {
  const { ticks, samples } = columns([
    { at: 10_000, state: TickState.js, context: "a", node: 7 },
    { at: 20_000, state: TickState.js, context: "b", node: 7 },
    { at: 30_000, state: TickState.js, context: "a", node: 8 },
    { at: 40_000, state: TickState.js, context: "a", node: 7 },
    { at: 50_000, state: TickState.js, node: 7 },
  ]);
  expect([...ticks.stack]).toEqual([1, 2, 3, 1, 4]);
  expect([...ticks.label]).toEqual([1, 2, 1, 1, 0]);
  expect(samples).toEqual([
    { node: 7, label: 1 },
    { node: 7, label: 2 },
    { node: 8, label: 1 },
    { node: 7, label: 0 },
  ]);
});

test("no tick is lost, none leaves the window, and the times do not drift", () => {
  const tick = fc.record({
    gap: fc.double({ min: 0, max: 60_000, noNaN: true }),
    state: fc.constantFrom(TickState.js, TickState.gc, TickState.program, TickState.idle),
    cpu: fc.double({ min: 0, max: 12_000, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(tick, { maxLength: 300 }), (steps) => {
      let at = 0;
      const given = steps.map(({ gap, state, cpu }) => ({ at: (at += gap), state, cpu }));
      const end = 4_000_000;
      const { ticks } = columns(given, end);
      const { length } = ticks.state;
      const count = ticks.run.length === 0 ? length : ticks.run.reduce((sum, n) => sum + n, 0);
      expect(count).toBe(given.length);
      const total = ticks.deltaMicros.reduce((sum, delta) => sum + delta, 0);
      expect(Math.abs(total - Math.min(given.at(-1)?.at ?? 0, end))).toBeLessThanOrEqual(1);
      for (const column of [ticks.deltaMicros, ticks.cpuMicros, ticks.label, ticks.stack])
        expect(column.length).toBe(length);
    }),
  );
});
