import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerBlame, LedgerChild, LedgerRow } from "../api/ledger-types.ts";
import { causeParts, causesOf, type HotWords } from "./causes.ts";
import { classOrder } from "./classes.ts";
import { frame, ledger, noCode, row } from "./fixture.ts";
import { type Own, ownOf } from "./holders.ts";
import {
  amountsInWords,
  bracketsOf,
  inClassOrder,
  isUnseen,
  largestFirst,
  mostly,
  segmentsOf,
  upTo,
} from "./view.ts";

const rows = fc.uniqueArray(
  fc.record({ class: fc.constantFrom(...classOrder), nano: fc.nat(2_000_000_000) }),
  { selector: (one) => one.class },
);

/** Of a sum of a few numbers. */
const rounding = 1e-12;

describe("a bar", () => {
  test("is as long as its rows are on its scale, without gaps", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 4e9 }), (list, whole) => {
        const segments = segmentsOf(list, whole);
        let end = 0;
        for (const segment of segments) {
          expect(Math.abs(segment.left - end)).toBeLessThanOrEqual(rounding * end);
          end = segment.left + segment.width;
        }
        const sum = (list.reduce((nano, one) => nano + one.nano, 0) / whole) * 100;
        expect(Math.abs(end - sum)).toBeLessThanOrEqual(rounding * sum);
      }),
    );
  });
  test("stands in its order: fixed for many, the largest first for one", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const fixed = inClassOrder(list).map((one) => classOrder.indexOf(one.class));
        expect(fixed).toEqual(fixed.toSorted((a, b) => a - b));
        const sizes = largestFirst(list).map((one) => one.nano);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }),
    );
  });
  test("has brackets where its edges may lie, within the bar, none under slivers", () => {
    const list: LedgerRow[] = [
      row("cpu.self", 598.2, { low: 589.1e6, high: 606.8e6 }),
      row("loop.held", 199.7, { low: 197.4e6, high: 201.9e6 }),
      row("wait.other", 6.1, { low: 0, high: 30e6 }),
      row("gc", 160, { low: 150e6, high: 900e6 }),
      row("runtime", 0),
    ];
    const brackets = bracketsOf(list, 964e6);
    expect(brackets.map((one) => one.class)).toEqual(["cpu.self", "loop.held"]);
    expect(brackets[0]?.left).toBeCloseTo(61.11, 1);
    expect(brackets[0]?.width).toBeCloseTo(1.836, 2);
    for (const one of brackets) expect(one.left + one.width).toBeLessThanOrEqual(100);
  });
});

const blamed = (endpoint: string | null, ms: number, kind: LedgerBlame["kind"] = "request"): LedgerBlame => ({
  endpoint,
  traceId: null,
  spanId: null,
  kind,
  frame: noCode,
  nano: ms * 1e6,
  low: 0,
  high: ms * 2e6,
});
const own = (endpoint: string) => ownOf("t", [{ name: "handler", endpoint }]);
const child = (name: string, open: number, remote: number | null): LedgerChild => ({
  spanId: name,
  name,
  kind: "http",
  openNano: open * 1e6,
  remoteNano: remote === null ? null : remote * 1e6,
  networkNano: null,
  queuedNano: 0,
  loopReturnNano: { low: 0, high: 0 },
});

test("a row says what it mostly was, and nothing where that is not known", () => {
  const one = ledger([row("loop.held", 10)], {
    blame: [blamed("POST /export", 9)],
    children: [child("a", 4, null), child("b", 9, 3), child("c", 8, 5)],
  });
  expect(mostly(row("loop.held", 10), one)).toBe("POST /export 9.0");
  expect(mostly(row("wait.child", 10), one)).toBe("c 5.0, b 3.0");
  expect(mostly(row("wait.child", 10), { ...one, children: [child("a", 4, null)] })).toBe("a, open 4.0");
  expect(mostly(row("wait.child", 500), one)).toBe("b, open 9.0");
  expect(mostly(row("unprofiled", 1), one)).toBe("1 tick lost");
  expect(mostly(row("gc", 1, { top: [{ frame: frame("mark-compact"), nano: 5e5 }] }), one)).toBe(
    "mark-compact 0.5",
  );
  expect(mostly(row("wait.other", 1), one)).toBeUndefined();
  expect(mostly(row("loop.held", 10), one, own("POST /export"))).toBe("Another POST /export 9.0");
  expect(mostly(row("cpu.self", 1, { top: [{ frame: frame("RegExp: a+b"), nano: 5e5 }] }), one)).toBe(
    "/a+b/ 0.5",
  );
});

test("what a ledger does not cover is unprofiled", () => {
  expect(upTo([row("gc", 1)], 1e6)).toHaveLength(1);
  const filled = upTo([row("unprofiled", 2), row("gc", 1)], 10e6);
  expect(filled.map((one) => [one.class, one.nano])).toEqual([
    ["gc", 1e6],
    ["unprofiled", 9e6],
  ]);
});

test("a bar has a text twin, and time nobody saw is told apart", () => {
  expect(amountsInWords([row("gc", 64), row("cpu.self", 598.2), row("stalled", 0)])).toBe(
    "own code 598.2, GC 64.0 ms",
  );
  expect(amountsInWords([])).toBe("nothing");
  expect(isUnseen([row("unprofiled", 96), row("gc", 4)], 100e6)).toBe(true);
  expect(isUnseen([row("unprofiled", 90), row("gc", 10)], 100e6)).toBe(false);
});

describe("the causes in the sentence", () => {
  const says = (one: Parameters<typeof causesOf>[0], hot?: HotWords, whose?: Own): string =>
    causeParts(causesOf(one, hot, whose))
      .map((part) => (typeof part === "string" ? part : part.strong))
      .join("");
  const parts = (remote: number, overlapped: number) => [
    { ...row("gc", remote), class: "remote" as const },
    { ...row("gc", overlapped), class: "overlapped" as const },
  ];
  const story = ledger(
    [
      row("cpu.self", 598.2, { high: 606.8e6, top: [{ frame: frame("JSON.parse"), nano: 229.5e6 }] }),
      row("loop.held", 199.7),
      row("wait.child", 64.9, { parts: parts(52, 12.9) }),
      row("gc", 63.8),
      row("runtime", 37.4),
    ],
    { blame: [blamed("POST /export", 191.3), blamed("GET /cart", 5.2)] },
  );
  test("are the largest three, named by function and by holder, with their class", () => {
    expect(says(story, { words: "JSON.parse in parseCart", nano: 546.3e6 })).toBe(
      ": 546 ms JSON.parse in parseCart, 191 ms with the loop held by POST /export, 64 ms garbage collection",
    );
    expect(causesOf(story).map((one) => one.class)).toEqual(["cpu.self", "loop.held", "gc"]);
  });
  test("tell another request of the same name from the one they are of", () => {
    const held = ledger([row("loop.held", 100)], { blame: [blamed("GET /cart/{id}", 90)] });
    expect(says(held, undefined, own("GET /cart/{id}"))).toBe(
      ": 90 ms with the loop held by another GET /cart/{id}",
    );
    expect(says(held, undefined, own("POST /orders"))).toBe(": 90 ms with the loop held by GET /cart/{id}");
  });
  test("name what has no name that can be read", () => {
    const top = (name: string): Partial<LedgerRow> => ({ top: [{ frame: frame(name), nano: 9e6 }] });
    const of = (name: string): string => says(ledger([row("cpu.self", 9, top(name))]));
    expect(of("RegExp: ^(?:a+)+$")).toBe(": 9 ms a regular expression");
    expect(of("(anonymous)")).toBe(": 9 ms an unnamed function");
    expect(says(ledger([row("blocked.sync", 9, top("(anonymous)"))]))).toBe(
      ": 9 ms blocked in an unnamed function",
    );
  });
  test("name a part only where it is most of its class, and never more than the class", () => {
    expect(says(story, { words: "main", nano: 900e6 })).toContain("598 ms its own code on the CPU");
    const held = (...blame: LedgerBlame[]): string => says(ledger([row("loop.held", 100)], { blame }));
    expect(held(blamed("GET /a", 15), blamed("GET /b", 15))).toBe(
      ": 100 ms with the loop held by other work",
    );
    // Where it is no one's for the most part, those who have much of it are named, and the sum is of all.
    expect(held(blamed("GET /a", 40), blamed("GET /b", 30), blamed(null, 30, "gc"))).toBe(
      ": 100 ms with the loop held by GET /a, GET /b and others",
    );
    expect(held(blamed("GET /a", 40), blamed("GET /b", 15))).toBe(
      ": 100 ms with the loop held by GET /a and others",
    );
    // One request in three functions, and another one of its endpoint: none of them is most of it alone.
    const split = [30, 20, 20, 10].map((nano) => blamed("POST /export", nano));
    expect(held(...split)).toBe(": 80 ms with the loop held by POST /export");
    expect(says(ledger([row("loop.held", 100)], { blame: [blamed(null, 90, "runtime")] }))).toBe(
      ": 90 ms with the loop held by the Node.js runtime",
    );
    expect(says(ledger([row("wait.child", 100)], { children: [child("redis GET", 99, null)] }))).toBe(
      ": 100 ms waiting for redis GET",
    );
    expect(says(ledger([row("wait.child", 100, { parts: parts(2, 98) })]))).toBe(
      ": 100 ms waiting for child spans",
    );
    expect(says(ledger([row("blocked.sync", 9, { top: [{ frame: frame("execSync"), nano: 9e6 }] })]))).toBe(
      ": 9 ms blocked in execSync",
    );
  });
});
