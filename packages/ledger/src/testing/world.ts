import { expect } from "vitest";
import type { LedgerContext } from "../context.ts";
import { spanLedger } from "../ledger/ledger.ts";
import { buildTimeline } from "../timeline/timeline.ts";
import type { ClockSkew, Ledger, LedgerEvent, LedgerLabel, LedgerSpan } from "../types.ts";
import { busy, INSTANCE, label, type MadeTick, type MadeWindow, makeSpan, makeWindow } from "./window.ts";

export const MS: number = 1e6;
export const HTTP: Readonly<Record<string, string>> = { "http.request.method": "GET" };
export const HOG: LedgerLabel = label("hog", "POST /export", "2".repeat(32));
export const SKEW: ClockSkew = { offset: 0, low: 0, high: 0, pairs: 1 };

export interface World extends MadeWindow {
  readonly spans: readonly LedgerSpan[];
  readonly events?: readonly LedgerEvent[];
  readonly context?: Partial<LedgerContext>;
}

/** The ledger of the first span. */
export function ledger({ spans, events, context, ...made }: World): Ledger {
  const timeline = buildTimeline([makeWindow({ ...made, labels: [HOG, ...(made.labels ?? [])] })], events);
  return spanLedger(spans[0] as LedgerSpan, {
    spans,
    timelineOf: (instance) => (instance === INSTANCE ? timeline : undefined),
    skewOf: () => SKEW,
    ...context,
  });
}

/** Classes in whole ms, those below left out. */
export function millis({ rows, durationNano }: Ledger): Record<string, number> {
  expect(rows.reduce((sum, row) => sum + row.nano, 0)).toBe(durationNano);
  const found = rows.map((row) => [row.class, Math.round(row.nano / MS)] as const);
  return Object.fromEntries(found.filter(([, ms]) => ms > 0));
}

export const wake = (at: number, cpu: number): MadeTick => ({ at, state: "idle", cpu });

/** Works 10–40, waits until `back`, works on to `back` + 20; `between` are the ticks meanwhile. */
export function waiting(back: number, between: readonly MadeTick[], rest: Partial<World> = {}): World {
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
export function hogged(back: number, rest: Partial<World> = {}): World {
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
export const TIMER: number = 1;
export const POOL: number = 3;

export const call = (from: number, to: number, rest: Partial<LedgerSpan> = {}): LedgerSpan =>
  makeSpan("call", from, to, { parentSpanId: "s", kind: "client", attributes: HTTP, ...rest });
export const serve = (from: number, to: number): LedgerSpan =>
  makeSpan("serve", from, to, { parentSpanId: "call", kind: "server", instance: "b".repeat(32) });
