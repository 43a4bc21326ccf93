import { describe, expect, it } from "vitest";
import {
  call,
  HOG,
  hogged,
  HTTP,
  ledger,
  millis,
  MS,
  serve,
  SKEW,
  TIMER,
  waiting,
  wake,
} from "../testing/world.ts";
import { busy, EPOCH, INSTANCE, makeSpan, makeWindow } from "../testing/window.ts";
import { buildTimeline } from "../timeline/timeline.ts";
import type { LedgerSpan } from "../types.ts";
import { spanLedger } from "./ledger.ts";

describe("the hold rule", () => {
  it("blames whoever ran between the last sleep and the resume", () => {
    const found = ledger(hogged(180));
    // Ready at an unknown moment of the 80 ms: near their beginning.
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.other": 68, "loop.held": 72 });
    const held = found.rows.find((row) => row.class === "loop.held");
    expect(held?.low).toBe(0);
    expect(held?.high).toBeGreaterThanOrEqual(80 * MS);
    expect(found.blame).toMatchObject([
      { endpoint: "POST /export", spanId: "hog", kind: "request", stack: "buildCsv", nano: held?.nano },
    ]);
  });

  it("counts from when a timer was due, where the journal says so", () => {
    const resumes = [{ at: 180, label: "s", source: TIMER, late: 50 }];
    const found = ledger({ ...hogged(180), resumes });
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.other": 90, "loop.held": 50 });
    const held = found.rows.find((row) => row.class === "loop.held");
    expect(held?.low).toBeGreaterThan(45 * MS);
    expect(held?.high).toBeLessThan(55 * MS);
  });

  it("blames a hog that delayed nothing for nothing: the loop slept before the resume", () => {
    const found = ledger(hogged(250));
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.other": 210 });
    expect(found.blame).toEqual([]);
  });

  it("knows from the remote span's end what was wait and what was delay", () => {
    const found = ledger(hogged(180, { spans: [makeSpan("s", 10, 200), call(38, 181), serve(39, 140)] }));
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.child": 100, "loop.held": 40 });
    const held = found.rows.find((row) => row.class === "loop.held");
    expect(held?.low).toBeGreaterThan(35 * MS);
    expect(held?.high).toBeLessThan(45 * MS);
    expect(found.children).toMatchObject([{ spanId: "call", kind: "http", remoteNano: 101 * MS - 1 }]);
    expect(found.children[0]?.loopReturnNano.high).toBeGreaterThan(39 * MS);
  });

  it("without the remote span asks how long the child usually takes", () => {
    const spans = [makeSpan("s", 10, 200), call(38, 181)];
    const found = ledger(hogged(180, { spans, context: { typicalNano: () => 82 * MS } }));
    expect(millis(found)["loop.held"]).toBe(60);
    expect(found.rows.find((row) => row.class === "loop.held")?.low).toBe(0);
  });

  it("does not count a child's late answer while a sibling is awaited anyway", () => {
    const later = makeSpan("later", 38.2, 301, { parentSpanId: "s", kind: "client", attributes: HTTP });
    const world = hogged(300, { spans: [makeSpan("s", 10, 320), call(38, 150), serve(39, 110), later] });
    expect(millis(ledger(world))["loop.held"]).toBeUndefined();
  });

  it("does not take a sleep of a millisecond for proof: Node arms overdue timers anew with 1 ms", () => {
    const world = hogged(181);
    expect(millis(ledger({ ...world, spans: [makeSpan("s", 10, 201)] }))["loop.held"]).toBeGreaterThan(65);
  });

  it("does not take a doze for proof either, when the answer was sent long before", () => {
    // A thread that waits for its processor looks asleep: 2 ms of it behind 80 ms of work, the answer there at 101.
    const spans = [makeSpan("s", 10, 202), call(38, 183), serve(39, 101)];
    const found = ledger(hogged(182, { spans }));
    expect(millis(found)).toMatchObject({ "loop.held": 79 });
    // Of the same trace, with the answer on its way for as long as the loop slept, it is.
    expect(millis(ledger(hogged(182, { spans: [...spans.slice(0, 2), serve(39, 175)] })))["loop.held"]).toBe(
      undefined,
    );
  });

  it("does not take the end of a sleep for proof in which the span went on unseen", () => {
    // Its turn, at 180.6, was too short for the journal: before it the loop was busy, not asleep.
    const world = hogged(300, { resumes: [] });
    const spans = [
      makeSpan("s", 10, 320),
      call(38, 180.6),
      serve(39, 140),
      makeSpan("next", 180.6, 299, {
        parentSpanId: "s",
        kind: "client",
        attributes: HTTP,
      }),
    ];
    expect(millis(ledger({ ...world, spans }))["loop.held"]).toBe(40);
  });

  it("blames who held the loop while a request could have left", () => {
    // The connection was there at once, the other side began only when the loop came round to write.
    const spans = [makeSpan("s", 10, 270), call(38, 250), serve(181, 249)];
    const found = ledger(hogged(250, { spans, length: 400 }));
    expect(millis(found)["loop.held"]).toBe(80);
    expect(found.blame).toMatchObject([{ endpoint: "POST /export" }]);
    // It began much later than the loop stopped working: it was under way, or waited there.
    const late = ledger(hogged(250, { spans: [...spans.slice(0, 2), serve(220, 249)], length: 400 }));
    expect(millis(late)["loop.held"]).toBeUndefined();
  });

  it("grants a request a tenth of the time to get there, where the other side's thread is known to have been free", () => {
    const spans = [makeSpan("s", 10, 270), call(38, 250), serve(192, 249)];
    const world = hogged(250, { spans, length: 400 });
    const here = buildTimeline([makeWindow({ ...world, labels: [HOG] })]);
    const free = buildTimeline([makeWindow({ length: 400, ticks: [wake(192, 0), wake(400, 50)] })]);
    const heldIf = (known: boolean): number | undefined =>
      millis(
        spanLedger(spans[0] as LedgerSpan, {
          spans,
          timelineOf: (instance) => (instance === INSTANCE ? here : known ? free : undefined),
          skewOf: () => SKEW,
        }),
      )["loop.held"];
    expect(heldIf(true)).toBe(80);
    expect(heldIf(false)).toBeUndefined();
  });

  it("takes what waits for the other side's thread for remote, not for network", () => {
    const spans = [makeSpan("s", 10, 270), call(38, 250), serve(180, 249)];
    const world = waiting(250, [wake(250, 5)], { spans, length: 400 });
    const there = buildTimeline([
      makeWindow({
        length: 400,
        ticks: [wake(60, 0), ...busy(65, 245, { label: "other" }), wake(400, 5)],
        turns: [
          { at: 60, busy: 120, label: "other" },
          { at: 180, busy: 70, label: "serve" },
        ],
      }),
    ]);
    const here = buildTimeline([makeWindow(world)]);
    const of = (known: boolean): Record<string, number> => {
      const { rows } = spanLedger(spans[0] as LedgerSpan, {
        spans,
        timelineOf: (instance) => (instance === INSTANCE ? here : known ? there : undefined),
        skewOf: () => SKEW,
      });
      const parts = rows.find((row) => row.class === "wait.child")?.parts ?? [];
      return Object.fromEntries(parts.map((part) => [part.class, Math.round(part.nano / MS)]));
    };
    expect(of(false)).toEqual({ network: 141, remote: 69 });
    expect(of(true)).toEqual({ network: 21, remote: 189 });
    const { children } = spanLedger(spans[0] as LedgerSpan, {
      spans,
      timelineOf: (instance) => (instance === INSTANCE ? here : there),
      skewOf: () => SKEW,
    });
    expect(children).toMatchObject([{ queuedNano: 120 * MS + 1, remoteNano: 69 * MS - 1 }]);
    expect(Math.round((children[0]?.networkNano ?? 0) / MS)).toBe(23);
  });

  it("names collections and unlabelled work for what they are", () => {
    const world = hogged(180);
    const ticks = world.ticks.map((tick) => (tick.label === "hog" ? { ...tick, label: undefined } : tick));
    const turns =
      world.turns?.map((turn) => (turn.label === "hog" ? { ...turn, label: undefined } : turn)) ?? [];
    const gc = { kind: "gc_major" as const, startUnixNano: EPOCH + 150_000_000n, durationNano: 10 * MS };
    const { blame } = ledger({ ...world, ticks, turns, events: [gc] });
    expect(blame.map(({ kind }) => kind)).toEqual(["unlabelled", "gc"]);
    expect(blame[1]?.nano).toBe(10 * MS);
  });
});
