import { describe, expect, it } from "vitest";
import { busy, label, makeSpan, makeWindow } from "../testing/window.ts";
import { buildTimeline } from "../timeline/timeline.ts";
import { timelineAround } from "./around.ts";
import { delayedBy } from "./delayed.ts";
import { loopHold } from "./loop-hold.ts";

const MS = 1e6;
const HOG_TRACE = "2".repeat(32);

// The hog works 100–180; a call of the request was answered at 120, it goes on at 180.
const window = makeWindow({
  length: 300,
  labels: [label("hog", "POST /export", HOG_TRACE)],
  ticks: [
    { at: 10, state: "idle" },
    ...busy(15, 35, { label: "s", stack: "handle" }),
    { at: 100, state: "idle", cpu: 5 },
    ...busy(105, 175, { label: "hog", stack: "buildCsv" }),
    ...busy(185, 195, { label: "s", stack: "handle" }),
    { at: 300, state: "idle", cpu: 5 },
  ],
  turns: [
    { at: 10, busy: 30, label: "s" },
    { at: 100, busy: 80, label: "hog" },
    { at: 180, busy: 20, label: "s" },
  ],
  resumes: [{ at: 180, label: "s" }],
});
const span = makeSpan("s", 10.5, 200, { endpoint: "GET /cart", kind: "server" });
const inner = makeSpan("inner", 38.5, 195, { parentSpanId: "s" });
const call = makeSpan("call", 39.5, 180.5, {
  parentSpanId: "inner",
  kind: "client",
  attributes: { "db.system": "x" },
});
const answer = makeSpan("db", 50.5, 120, { parentSpanId: "call", kind: "server", instance: "b".repeat(32) });
const hog = makeSpan("hog", 100.5, 179.5, { traceId: HOG_TRACE, kind: "server" });
const timeline = buildTimeline([window]);
const context = {
  spans: [span, inner, call, answer, hog],
  timelineOf: () => timeline,
  skewOf: () => ({ offset: 0, low: 0, high: 0, pairs: 1 }),
};

describe("the timeline around a span", () => {
  const around = timelineAround(span, context, 50);

  it("shows turns, sleep, children with their answers, and classes, in ns from t0", () => {
    expect(around.state).toBe("ready");
    expect(around.durationNano).toBe(span.durationNano + 100 * MS);
    const at = (ms: number): number => Math.round((ms - 10.5 + 50) * MS);
    expect(around.turns.map(({ start, stack }) => [start, stack])).toEqual([
      [at(10), "handle"],
      [at(100), "buildCsv"],
      [at(180), "handle"],
    ]);
    expect(
      around.turns.map((turn) => (turn.label === null ? "-" : around.labels[turn.label]?.spanId)),
    ).toEqual(["s", "hog", "s"]);
    expect(around.children).toMatchObject([{ spanId: "call", answered: at(120) }]);
    expect(around.idle[0]?.start).toBe(at(0));
    expect(around.span.map((piece) => piece.class)).toEqual([
      "cpu.self",
      "cpu.child",
      "wait.child",
      "loop.held",
      "cpu.self",
    ]);
    expect(around.span.reduce((sum, { dur }) => sum + dur, 0)).toBe(span.durationNano);
    expect(around.ticks.filter((tick) => tick.class === "loop.held")).toHaveLength(6);
  });

  it("stays within its bounds", () => {
    for (const { start, dur } of [...around.turns, ...around.idle, ...around.gc]) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + dur).toBeLessThanOrEqual(around.durationNano);
    }
  });

  it("says when the thread was not sampled", () => {
    const found = timelineAround(span, { ...context, timelineOf: () => undefined });
    expect(found).toMatchObject({ state: "no_windows", turns: [], span: [] });
  });
});

describe("whom a span delayed", () => {
  it("counts what the others' ledgers blame it for, a parent and its child once", () => {
    const found = delayedBy(hog, [span, inner, hog], context);
    expect(found.delayed).toMatchObject([{ spanId: "s", endpoint: "GET /cart" }]);
    expect(Math.round(found.nano / MS)).toBe(60);
    expect(found.delayed[0]?.low).toBeLessThanOrEqual(found.nano);
    expect(found.delayed[0]?.high).toBeGreaterThanOrEqual(found.nano);
  });

  it("is nobody for who came alone", () => {
    expect(delayedBy(span, [hog], context)).toEqual({ delayed: [], nano: 0 });
  });
});

describe("the loop_hold profile", () => {
  it("is the holder's stack × what others waited behind it", () => {
    expect(loopHold([window])).toEqual([
      {
        step: 0,
        stack: "buildCsv",
        endpoint: "POST /export",
        traceId: HOG_TRACE,
        spanId: "hog",
        nano: 80 * MS,
        delayed: 1,
      },
    ]);
  });

  it("tells steps of time apart", () => {
    const whole = loopHold([window]);
    const parts = loopHold([window], [], 20 * MS);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.reduce((sum, { nano }) => sum + nano, 0)).toBe(whole[0]?.nano);
    const steps = parts.map(({ step }) => step).sort((a, b) => a - b);
    expect(new Set(steps).size).toBe(parts.length);
    expect(BigInt(steps[0]!) * BigInt(20 * MS) <= timeline.originUnixNano + BigInt(100 * MS)).toBe(true);
  });

  it("is empty without a journal", () => {
    expect(loopHold([{ ...window, hasJournal: false, resumeDelta: [], resumeLabel: [] }])).toEqual([]);
  });
});
