import { describe, expect, it } from "vitest";
import { ledger, millis, MS, waiting, wake } from "../testing/world.ts";
import { busy, EPOCH, INSTANCE, makeSpan, makeWindow } from "../testing/window.ts";
import { buildTimeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import { spanLedger } from "./ledger.ts";

describe("what was not seen", () => {
  it("is unprofiled, and may be either neighbour's", () => {
    const found = ledger({
      length: 100,
      ticks: [wake(10, 0), ...busy(15, 95, { label: "s" })],
      spans: [makeSpan("s", 10, 300)],
    });
    expect(millis(found)).toEqual({ "cpu.self": 90, unprofiled: 200 });
    expect(found.rows.find((row) => row.class === "cpu.self")?.high).toBeGreaterThan(285 * MS);
  });

  it("makes no ledger: shorter than a period, another thread, outside of all windows", () => {
    const world = waiting(200, [wake(200, 5)]);
    expect(ledger({ ...world, spans: [makeSpan("s", 12, 18)] })).toMatchObject({
      state: "too_short",
      rows: [],
    });
    expect(ledger({ ...world, spans: [makeSpan("s", 10, 99, { thread: null })] }).state).toBe("no_windows");
    expect(ledger({ ...world, spans: [makeSpan("s", 9000, 9100)] }).state).toBe("no_windows");
    expect(ledger({ ...world, context: { timelineOf: () => undefined } }).state).toBe("no_windows");
  });

  it("is told by the method and the lost ticks", () => {
    const world = waiting(200, [wake(200, 5)]);
    expect(ledger(world).coverage).toMatchObject({
      method: "journal",
      lostTicks: 0,
      windows: 1,
      periodNano: 10 * MS,
    });
    const { turns: _turns, ...without } = world;
    expect(ledger(without).coverage.method).toBe("quiet");
    expect(ledger({ ...without, quiet: false }).coverage.method).toBe("ticks");
  });
});

describe("the clock of starts", () => {
  it("shows whole milliseconds: a span is placed where the thread was awake, and the doubt is told", () => {
    // Really 200.7 to 220.7: recorded as 200.
    const world = waiting(200.7, [wake(200.7, 5)]);
    const span = makeSpan("s", 0, 20, { startUnixNano: EPOCH + 200_000_000n, durationNano: 20 * MS });
    const found = ledger({ ...world, spans: [span] });
    expect(found.coverage.clockErrorNano).toBe(500_000);
    expect(millis(found)).toEqual({ "cpu.self": 20 });
  });

  it("belongs to the instance that was asked for", () => {
    const asked: string[] = [];
    const world = waiting(200, [wake(200, 5)]);
    const timeline = buildTimeline([makeWindow(world)]);
    spanLedger(world.spans[0] as LedgerSpan, {
      spans: world.spans,
      timelineOf: (instance, thread) => {
        asked.push(`${instance}/${thread}`);
        return timeline;
      },
    });
    expect(asked).toEqual([`${INSTANCE}/0`]);
  });
});
