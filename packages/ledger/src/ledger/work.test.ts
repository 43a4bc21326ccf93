import { describe, expect, it } from "vitest";
import { ledger, millis, MS, waiting, wake } from "../testing/world.ts";
import { busy, EPOCH, makeSpan } from "../testing/window.ts";

describe("work", () => {
  it("of descendants is theirs; of collections and synchronous calls it is neither", () => {
    const child = makeSpan("c", 30, 60, { parentSpanId: "s" });
    const gc = { kind: "gc_minor" as const, startUnixNano: EPOCH + 12_000_000n, durationNano: 3 * MS };
    const found = ledger({
      length: 300,
      ticks: [
        wake(10, 0),
        ...busy(15, 25, { label: "s" }),
        ...busy(35, 55, { label: "c" }),
        { at: 65, state: "js", cpu: 10, label: "s", stack: "execSync" },
        ...busy(75, 155, { label: "s", share: 0.01, stack: "execSync" }),
        wake(300, 0.1),
      ],
      turns: [{ at: 10, busy: 150, label: "s" }],
      events: [gc],
      spans: [makeSpan("s", 10, 160), child],
    });
    const rows = millis(found);
    expect(rows["cpu.child"]).toBe(30);
    expect(rows["gc"]).toBe(3);
    expect(rows["blocked.sync"]).toBeGreaterThan(85);
    expect(rows["loop.held"]).toBeUndefined();
  });

  it("without a processor is stalled", () => {
    const found = ledger({
      length: 500,
      ticks: [
        wake(10, 0),
        ...busy(15, 45, { label: "s" }),
        { at: 345, state: "js", cpu: 1, label: "s" },
        ...busy(355, 375, { label: "s" }),
        wake(500, 5),
      ],
      turns: [{ at: 10, busy: 370, label: "s" }],
      spans: [makeSpan("s", 10, 380)],
    });
    expect(millis(found)).toEqual({ stalled: 299, "cpu.self": 71 });
  });

  it("tops name the heaviest stacks, grouped by the caller's frames", () => {
    const world = waiting(200, [wake(200, 5)]);
    const ticks = world.ticks.map((tick, i) =>
      tick.label === "s" ? { ...tick, stack: i % 2 === 0 ? "a<m" : "b<m" } : tick,
    );
    const frameOf = (stack: string): string => stack.split("<")[1] as string;
    const [row] = ledger({ ...world, ticks, context: { frameOf } }).rows.filter(
      (each) => each.class === "cpu.self",
    );
    expect(row?.top).toMatchObject([{ frame: "m", nano: row?.nano }]);
  });
});
