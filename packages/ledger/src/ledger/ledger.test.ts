import { describe, expect, it } from "vitest";
import type { LedgerContext } from "../context.ts";
import {
  busy,
  EPOCH,
  INSTANCE,
  label,
  type MadeTick,
  type MadeWindow,
  makeSpan,
  makeWindow,
} from "../testing/window.ts";
import { buildTimeline } from "../timeline/timeline.ts";
import type { Ledger, LedgerEvent, LedgerSpan } from "../types.ts";
import { spanLedger } from "./ledger.ts";

const MS = 1e6;
const HTTP = { "http.request.method": "GET" };
const HOG = label("hog", "POST /export", "2".repeat(32));
const SKEW = { offset: 0, low: 0, high: 0, pairs: 1 };

interface World extends MadeWindow {
  readonly spans: readonly LedgerSpan[];
  readonly events?: readonly LedgerEvent[];
  readonly context?: Partial<LedgerContext>;
}

/** The ledger of the first span. */
function ledger({ spans, events, context, ...made }: World): Ledger {
  const timeline = buildTimeline([makeWindow({ ...made, labels: [HOG, ...(made.labels ?? [])] })], events);
  return spanLedger(spans[0] as LedgerSpan, {
    spans,
    timelineOf: (instance) => (instance === INSTANCE ? timeline : undefined),
    skewOf: () => SKEW,
    ...context,
  });
}

/** Classes in whole ms, those below left out. */
function millis({ rows, durationNano }: Ledger): Record<string, number> {
  expect(rows.reduce((sum, row) => sum + row.nano, 0)).toBe(durationNano);
  const found = rows.map((row) => [row.class, Math.round(row.nano / MS)] as const);
  return Object.fromEntries(found.filter(([, ms]) => ms > 0));
}

const wake = (at: number, cpu: number): MadeTick => ({ at, state: "idle", cpu });

/** Works 10–40, waits until `back`, works on to `back` + 20; `between` are the ticks meanwhile. */
function waiting(back: number, between: readonly MadeTick[], rest: Partial<World> = {}): World {
  return {
    length: back + 100,
    ticks: [
      wake(10, 0),
      ...busy(15, 35, { label: "s" }),
      ...between,
      ...busy(back + 5, back + 15, { label: "s" }),
      wake(back + 100, 5),
    ],
    turns: [
      { at: 10, busy: 30, label: "s" },
      { at: back, busy: 20, label: "s" },
    ],
    spans: [makeSpan("s", 10, back + 20)],
    ...rest,
  };
}

/** As `waiting`, with a hog of the loop from 100 to 180. */
function hogged(back: number, rest: Partial<World> = {}): World {
  const world = waiting(back, [wake(100, 5), ...busy(105, 175, { label: "hog", stack: "buildCsv" })], rest);
  const after = back > 180 ? [wake(back, 5)] : [];
  return {
    ...world,
    ticks: [
      ...world.ticks.filter(({ at }) => at < back),
      ...after,
      ...world.ticks.filter(({ at }) => at >= back),
    ],
    turns: [
      { at: 10, busy: 30, label: "s" },
      { at: 100, busy: 80, label: "hog" },
      { at: back, busy: 20, label: "s" },
    ],
    resumes: [{ at: back, label: "s" }],
  };
}

/** `LedgerWindow.resumeSource` */
const TIMER = 1;
const POOL = 3;

const call = (from: number, to: number, rest: Partial<LedgerSpan> = {}): LedgerSpan =>
  makeSpan("call", from, to, { parentSpanId: "s", kind: "client", attributes: HTTP, ...rest });
const serve = (from: number, to: number): LedgerSpan =>
  makeSpan("serve", from, to, { parentSpanId: "call", kind: "server", instance: "b".repeat(32) });

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
});

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

describe("waiting", () => {
  it("for a child splits network from remote where the clocks allow it", () => {
    const spans = [makeSpan("s", 10, 220), call(39, 201), serve(60, 180)];
    const found = ledger(waiting(200, [wake(200, 5)], { spans }));
    const [row] = found.rows.filter(({ class: name }) => name === "wait.child");
    expect(row?.parts?.map(({ class: name, nano }) => [name, Math.round(nano / MS)])).toEqual([
      ["remote", 120],
      ["network", 40],
    ]);
    expect(row?.parts?.reduce((sum, part) => sum + part.nano, 0)).toBe(row?.nano);
  });

  it("does not split what may be the clocks' error", () => {
    const spans = [makeSpan("s", 10, 220), call(39, 201), serve(60, 180)];
    const skewOf = () => ({ offset: 0, low: -60 * MS, high: 60 * MS, pairs: 3 });
    const found = ledger(waiting(200, [wake(200, 5)], { spans, context: { skewOf } }));
    expect(found.rows.find((row) => row.class === "wait.child")?.parts?.map((part) => part.class)).toEqual([
      "remote",
    ]);
    expect(found.children[0]?.networkNano).toBeNull();
  });

  it("beside other work that delayed nothing is overlapped", () => {
    const spans = [makeSpan("s", 10, 270), call(38, 251)];
    const row = ledger(hogged(250, { spans })).rows.find(({ class: name }) => name === "wait.child");
    const overlapped = row?.parts?.find((part) => part.class === "overlapped");
    expect(Math.round((overlapped?.nano ?? 0) / MS)).toBe(80);
  });

  it("with an INTERNAL child open is not waiting for it: frameworks keep those open all the time", () => {
    const middleware = makeSpan("m", 12, 215, { parentSpanId: "s" });
    const found = ledger(waiting(200, [wake(200, 5)], { spans: [makeSpan("s", 10, 220), middleware] }));
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.other": 160 });
  });

  it("for a descendant in another thread is waiting remotely", () => {
    const worker = makeSpan("w", 41, 199, { parentSpanId: "s", thread: 1 });
    const found = ledger(waiting(200, [wake(200, 5)], { spans: [makeSpan("s", 10, 220), worker] }));
    expect(millis(found)["wait.child"]).toBe(158);
  });

  it("is not for a child that outlives its parent", () => {
    const audit = makeSpan("audit", 38, 900, { parentSpanId: "s", kind: "client", attributes: HTTP });
    const found = ledger(waiting(200, [wake(200, 5)], { spans: [makeSpan("s", 10, 220), audit] }));
    expect(millis(found)["wait.child"]).toBeUndefined();
    expect(found.children).toEqual([]);
  });

  it("of a client span itself is for its other side", () => {
    const found = ledger(
      waiting(200, [wake(200, 5)], {
        spans: [makeSpan("s", 10, 220, { kind: "client", attributes: { "db.system": "redis" } })],
      }),
    );
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.child": 160 });
  });

  it("while the pool's probe waits is for the pool", () => {
    const probe = { kind: "pool" as const, startUnixNano: EPOCH + 80_000_000n, durationNano: 119 * MS };
    const found = ledger(waiting(200, [wake(200, 5)], { events: [probe] }));
    expect(millis(found)).toEqual({ "cpu.self": 50, "wait.pool": 160 });
  });

  it("is for the pool as long as its probes wait, one behind the other", () => {
    const probe = (at: number, millis: number) => ({
      kind: "pool" as const,
      startUnixNano: EPOCH + BigInt(at) * 1_000_000n,
      durationNano: millis * MS,
    });
    const early = ledger(waiting(400, [wake(400, 5)], { events: [probe(41, 60), probe(104, 52)] }));
    expect(millis(early)).toEqual({ "cpu.self": 50, "wait.pool": 116, "wait.other": 244 });
    // Of a thread that gets no processor at once a probe waits for some milliseconds.
    const noise = ledger(waiting(200, [wake(200, 5)], { events: [probe(60, 30), probe(120, 14)] }));
    expect(millis(noise)).toEqual({ "cpu.self": 50, "wait.other": 160 });
  });

  it("is for the pool although others ran meanwhile, as long as the probe's job was out", () => {
    // The probe leaves out the 80 ms of the hog.
    const probe = { kind: "pool" as const, startUnixNano: EPOCH + 41_000_000n, durationNano: 118 * MS };
    expect(millis(ledger(hogged(240, { events: [probe] })))).toEqual({ "cpu.self": 50, "wait.pool": 200 });
  });

  it("is not for the pool when something else is known to have ended it", () => {
    const probe = { kind: "pool" as const, startUnixNano: EPOCH + 41_000_000n, durationNano: 158 * MS };
    const world = waiting(200, [wake(200, 5)], { events: [probe] });
    const ended = (source: number) => ledger({ ...world, resumes: [{ at: 200, label: "s", source }] });
    expect(millis(ended(TIMER))).toEqual({ "cpu.self": 50, "wait.other": 160 });
    expect(millis(ended(POOL))).toEqual({ "cpu.self": 50, "wait.pool": 160 });
  });
});

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
