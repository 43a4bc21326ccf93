import { describe, expect, it } from "vitest";
import type { Entry, WaitEntry, WorkEntry } from "./app/log.ts";
import { intersect, subtract, union } from "./intervals.ts";
import { truths } from "./truth.ts";

const MS = 1e6;
const span = (spanId: string, parent: string, start: number, end: number, scenario = ""): Entry => ({
  type: "span",
  traceId: "t",
  spanId,
  parent,
  endpoint: `GET /${spanId}`,
  scenario,
  flow: 1,
  start: start * MS,
  end: end * MS,
});
const work = (owner: string, start: number, end: number, more: Partial<WorkEntry> = {}): WorkEntry => ({
  type: "work",
  kind: "cpu",
  owner,
  function: "spin",
  start: start * MS,
  end: end * MS,
  cpu: (end - start) * MS,
  delay: 0,
  ...more,
});
const wait = (
  kind: WaitEntry["kind"],
  start: number,
  end: number,
  more: Partial<WaitEntry> = {},
): WaitEntry => ({
  type: "wait",
  flow: 1,
  kind,
  start: start * MS,
  end: end * MS,
  cpu: 0,
  delay: 0,
  ...more,
});
/** Milliseconds per class of the only span. */
function classes(...entries: Entry[]): Record<string, number> {
  const [truth] = truths(entries).truths;
  return Object.fromEntries(Object.entries(truth?.classes ?? {}).map(([name, nanos]) => [name, nanos / MS]));
}

describe("the truth of a span", () => {
  const root = span("root", "", 0, 1000, "test");

  it("tells its own work from a child's", () => {
    const child = span("child", "root", 400, 1000);
    expect(classes(root, child, work("root", 0, 400), work("child", 400, 1000))).toEqual({
      "cpu.self": 400,
      "cpu.child": 600,
    });
  });

  it("holds against another request only what ran once the span could have gone on", () => {
    const hog = work("", 300, 700);
    const entries = [root, hog, work("root", 700, 1000)];
    expect(classes(...entries, wait("other", 0, 700, { ready: 500 * MS }))).toEqual({
      "wait.other": 500,
      "loop.held": 200,
      "cpu.self": 300,
    });
  });

  it("holds against another request what ran while its own could have been written", () => {
    const answer: Entry = { type: "answer", call: "c", start: 401 * MS, writes: [800 * MS] };
    const entries = [root, answer, work("", 1, 400), work("root", 800, 1000)];
    expect(classes(...entries, wait("child", 0, 800, { call: "c", sent: 400 * MS }))).toEqual({
      "loop.held": 399,
      "wait.child": 401,
      "cpu.self": 200,
    });
  });

  it("holds nothing against work that was over before the answer was there", () => {
    const answer: Entry = { type: "answer", call: "c", start: 100 * MS, writes: [900 * MS] };
    const entries = [root, answer, work("", 300, 700), work("root", 900, 1000)];
    const [truth] = truths([...entries, wait("child", 0, 900, { call: "c" })]).truths;
    expect(truth?.classes).toEqual({ "wait.child": 900 * MS, "cpu.self": 100 * MS });
    expect(truth?.parts).toEqual({
      remote: 400 * MS,
      network: 100 * MS,
      overlapped: 400 * MS,
      loop_return: 0,
    });
    expect(truth?.blame).toBeUndefined();
  });

  it("calls a call that used no processor blocked, and work that got none stalled", () => {
    const blocked = work("root", 0, 400, { kind: "blocked", cpu: 20 * MS });
    const stalled = work("root", 400, 1000, { cpu: 450 * MS });
    expect(classes(root, blocked, stalled)).toEqual({ "blocked.sync": 380, "cpu.self": 470, stalled: 150 });
  });

  it("follows the branch that ended last", () => {
    const entries: Entry[] = [
      root,
      wait("other", 0, 600, { flow: 2, ready: 600 * MS }),
      wait("child", 0, 1000, { flow: 3 }),
      { type: "join", flow: 1, last: 3 },
      work("root", 600, 700),
    ];
    expect(classes(...entries)).toEqual({ "wait.child": 900, "cpu.self": 100 });
  });

  it("is left out when its answer is not known, or when it came late and nobody knows why", () => {
    expect(truths([root, wait("child", 0, 1000, { call: "unknown" })]).dropped).toEqual({
      "test: answer not logged": 1,
    });
    expect(truths([root, wait("other", 0, 1000, { ready: 500 * MS })]).dropped).toEqual({
      "test: late for reasons unknown": 1,
    });
  });
});

describe("intervals", () => {
  const of = (...bounds: [number, number][]) => bounds.map(([start, end]) => ({ start, end }));

  it("unite, intersect and subtract", () => {
    expect(union(of([5, 9], [0, 3], [2, 4], [7, 7]))).toEqual(of([0, 4], [5, 9]));
    expect(intersect(of([0, 4], [5, 9]), of([3, 6], [8, 12]))).toEqual(of([3, 4], [5, 6], [8, 9]));
    expect(subtract(of([0, 4], [5, 9]), of([1, 2], [3, 6]))).toEqual(of([0, 1], [2, 3], [6, 9]));
  });
});
