import { describe, expect, it } from "vitest";
import { call, HTTP, ledger, millis, MS, wake } from "../testing/world.ts";
import { busy, EPOCH, makeSpan } from "../testing/window.ts";

describe("a child span", () => {
  it("has the time between its edges that no tick tells from its parent's", () => {
    const spans = [makeSpan("s", 10, 90), makeSpan("inner", 32, 44, { parentSpanId: "s" })];
    const world = {
      length: 200,
      spans,
      turns: [{ at: 10, busy: 80, label: "s" }],
    };
    const ticks = [wake(10, 0), ...busy(15, 85, { label: "s" }), wake(200, 5)];
    // Its only tick was lost.
    const lost = ticks
      .filter(({ at }) => at !== 35)
      .map((tick) => (tick.at === 45 ? { ...tick, cpu: 20 } : tick));
    expect(millis(ledger({ ...world, ticks: lost }))).toEqual({ "cpu.self": 68, "cpu.child": 12 });
    const seen = ticks.map((tick) => (tick.at === 35 ? { ...tick, label: "inner" } : tick));
    expect(millis(ledger({ ...world, ticks: seen }))).toEqual({ "cpu.self": 68, "cpu.child": 12 });
    // Ticks of the parent within it are the parent's: it was open, it did not run.
    expect(millis(ledger({ ...world, ticks }))["cpu.child"]).toBeUndefined();
  });

  it("has the time up to its own child's start, though no tick fell into it", () => {
    const spans = [
      makeSpan("s", 10, 90),
      makeSpan("inner", 32, 70, { parentSpanId: "s" }),
      makeSpan("call", 44, 300, { parentSpanId: "inner", kind: "client", attributes: HTTP }),
    ];
    const ticks = [
      wake(10, 0),
      ...busy(15, 25, { label: "s" }),
      { at: 75, state: "js" as const, cpu: 50, label: "s" },
      { at: 85, state: "js" as const, cpu: 10, label: "s" },
      wake(200, 5),
    ];
    const world = { length: 200, spans, ticks, turns: [{ at: 10, busy: 80, label: "s" }] };
    // From 44 to 70 as well: it ends there, and nothing else is known to have run.
    expect(millis(ledger(world))).toMatchObject({ "cpu.child": 38, "cpu.self": 42 });
  });

  it("that a turn began with ran up to its end in it", () => {
    const spans = [makeSpan("s", 10, 290), makeSpan("inner", 32, 230, { parentSpanId: "s" })];
    const ticks = [
      wake(10, 0),
      ...busy(15, 25, { label: "s" }),
      { at: 35, state: "js" as const, cpu: 10, label: "inner" },
      wake(200, 5),
      { at: 245, state: "js" as const, cpu: 45, label: "s" },
      ...busy(255, 285, { label: "s" }),
      wake(400, 5),
    ];
    const turns = [
      { at: 10, busy: 30, label: "s" },
      { at: 200, busy: 90, label: "inner" },
    ];
    expect(millis(ledger({ length: 400, spans, ticks, turns }))).toMatchObject({
      "cpu.child": 38,
      "cpu.self": 82,
    });
  });
});

describe("a span that begins in a turn without a label", () => {
  it("runs from its start to its first tick, whatever the turn did before", () => {
    const ticks = [
      wake(10, 0),
      { at: 12, state: "js" as const, cpu: 2 },
      { at: 45, state: "js" as const, cpu: 33, label: "s" },
      ...busy(55, 85, { label: "s" }),
      wake(200, 5),
    ];
    const found = ledger({
      length: 200,
      spans: [makeSpan("s", 15, 90)],
      ticks,
      turns: [{ at: 10, busy: 80 }],
    });
    expect(millis(found)).toEqual({ "cpu.self": 75 });
  });

  it("has all of it that no tick and no collection shows to be another's", () => {
    const gc = { kind: "gc_minor" as const, startUnixNano: EPOCH + 30_000_000n, durationNano: 2 * MS };
    const ticks = [wake(10, 0), wake(200, 80)];
    const world = { length: 200, spans: [makeSpan("s", 12, 190)], ticks, turns: [{ at: 10, busy: 80 }] };
    expect(millis(ledger({ ...world, events: [gc] }))).toMatchObject({ "cpu.self": 76, gc: 2 });
  });

  it("has nothing of a stranger's turn at whose border one of its edges lies", () => {
    const spans = [makeSpan("s", 10, 300), call(100.1, 180.2)];
    const ticks = [
      wake(10, 0),
      ...busy(20, 90, { label: "s" }),
      { at: 100.3, state: "js" as const, cpu: 10, label: "hog" },
      wake(250, 80),
      ...busy(260, 290, { label: "s" }),
      wake(400, 10),
    ];
    const turns = [
      { at: 10, busy: 90, label: "s" },
      { at: 100, busy: 80, label: "hog" },
      { at: 250, busy: 50, label: "s" },
    ];
    expect(millis(ledger({ length: 400, spans, ticks, turns }))["cpu.self"]).toBeLessThan(142);
  });
});
