import { describe, expect, it } from "vitest";
import { type MadeTick, type MadeWindow, makeWindow } from "../testing/window.ts";
import { buildTimeline } from "./timeline.ts";

const idle = (at: number, cpu: number): MadeTick => ({ at, state: "idle", cpu });
const js = (at: number, cpu: number): MadeTick => ({ at, state: "js", cpu, label: "a", stack: "loop" });

/** Whole ms by kind. */
function kinds(made: MadeWindow): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { kind, start, end } of buildTimeline([makeWindow(made)]).segments)
    sums[kind] = (sums[kind] ?? 0) + end - start;
  return Object.fromEntries(
    Object.entries(sums)
      .map(([kind, nano]) => [kind, Math.round(nano / 1e6)] as const)
      .filter(([, ms]) => ms > 0),
  );
}

describe("a reading of how long the thread was ready to run", () => {
  /** Ticks a period apart under one stack, from 10 to 111, each with so many ms of CPU. */
  const low = (cpu: number): MadeWindow => ({
    length: 200,
    ticks: [
      idle(10, 0),
      js(20, 10),
      ...Array.from({ length: 9 }, (_, i) => js(30 + 10 * i, cpu)),
      idle(200, 1),
    ],
    turns: [{ at: 10, busy: 101, label: "a" }],
  });

  it("makes time without CPU stalled, though ticks kept coming and the stack looks like a call that blocks", () => {
    expect(kinds(low(1))).toMatchObject({ blocked: 88 });
    const found = kinds({ ...low(1), runDelays: [{ at: 111, span: 101, delay: 88 }] });
    expect(found).toMatchObject({ stalled: 81 });
    expect(found["blocked"]).toBeUndefined();
  });

  it("that found none makes it blocked, however often the thread shares its processor", () => {
    const found = kinds({ ...low(0.1), runDelays: [{ at: 200, span: 89, delay: 0 }] });
    expect(found["blocked"]).toBeGreaterThan(85);
    expect(found["stalled"]).toBeUndefined();
  });

  it("that found some of it in a call that blocks makes as much stalled, and the rest blocked", () => {
    const found = kinds({ ...low(0.1), runDelays: [{ at: 111, span: 101, delay: 40 }] });
    expect(found["stalled"]).toBeGreaterThan(35);
    expect(found["stalled"]).toBeLessThan(45);
    expect((found["stalled"] ?? 0) + (found["blocked"] ?? 0)).toBeGreaterThan(80);
  });

  it("is found in work that was slow before it is found in a call that blocks", () => {
    const slow: MadeWindow = {
      ...low(0.1),
      ticks: low(0.1).ticks.map((tick) =>
        tick.at > 70 && tick.at < 200 ? { ...tick, cpu: 4, stack: "work" } : tick,
      ),
      runDelays: [{ at: 111, span: 101, delay: 24 }],
    };
    const found = kinds(slow);
    expect(found["stalled"]).toBeGreaterThan(20);
    expect(found["stalled"]).toBeLessThan(28);
    expect(found["blocked"]).toBeGreaterThan(40);
  });

  it("that found more than its turns have room for tells how long a thread that was woken looked asleep", () => {
    const made: MadeWindow = {
      length: 200,
      ticks: [idle(10, 0), js(20, 10), js(30, 10), idle(100, 5), js(110, 10), idle(200, 1)],
      turns: [
        { at: 10, busy: 25, label: "a" },
        { at: 100, busy: 11, label: "a" },
      ],
    };
    expect(kinds(made)["stalled"]).toBeUndefined();
    const { segments } = buildTimeline([
      makeWindow({ ...made, runDelays: [{ at: 100, span: 65, delay: 12 }] }),
    ]);
    expect(segments.find(({ kind }) => kind === "stalled")).toMatchObject({ start: 88e6, end: 100e6 });
  });

  it("does not unmake a stop: a stopped thread is not ready to run, and takes no tick", () => {
    const stopped: MadeWindow = {
      length: 300,
      ticks: [idle(10, 0), js(20, 10), js(130, 10), js(140, 10), idle(300, 1)],
      turns: [{ at: 10, busy: 131, label: "a" }],
      runDelays: [{ at: 300, span: 160, delay: 0 }],
    };
    expect(kinds(stopped)).toMatchObject({ stalled: 100 });
  });
});
