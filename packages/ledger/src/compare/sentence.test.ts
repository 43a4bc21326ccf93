import { expect, test } from "vitest";
import type { Contribution } from "./result.ts";
import { sentence, type SideSelection } from "./sentence.ts";

function row(ms: number, fields: Partial<Contribution>): Contribution {
  return {
    rank: 1,
    class: "cpu.self",
    level: "class",
    slowNano: ms * 1e6,
    baselineNano: 0,
    deltaNano: ms * 1e6,
    share: 0,
    low: 0,
    high: 0,
    p: 0.001,
    significant: true,
    exampleTraceIds: [],
    ...fields,
  };
}

const causes = [
  row(540, { level: "function", function: "JSON.parse", caller: "parseCart", ownCode: false }),
  row(190, { class: "loop.held", level: "blame", endpoint: "POST /export", function: "buildCsv" }),
  row(60.4, { class: "gc" }),
  row(22, { class: "runtime" }),
];
const median: SideSelection = { percentile: [25, 75] };

function say(
  ms: number,
  contributions: readonly Contribution[],
  slow: SideSelection,
  baseline: SideSelection = median,
): string {
  return sentence({ excessNano: ms * 1e6, contributions }, { slow, baseline });
}

test("the three largest causes, in whole ms", () => {
  expect(say(812.3, causes, { percentile: 95 })).toBe(
    "p95 is 812 ms over the median: 540 ms JSON.parse in parseCart, 190 ms the loop was held by POST /export, 60 ms GC.",
  );
});

test("rows that read alike are one cause, as large as they are together", () => {
  const held = { class: "loop.held", level: "blame", endpoint: "GET /cart" } as const;
  const rows = [
    row(90, { class: "wait.child", level: "child", child: "GET", childService: "stock" }),
    row(70, { ...held, function: "reviveDate" }),
    row(50, { class: "gc" }),
    row(40, { class: "runtime" }),
    row(30, { ...held, function: "load" }),
  ];
  expect(say(280, rows, { percentile: 95 })).toBe(
    "p95 is 280 ms over the median: 100 ms the loop was held by GET /cart, 90 ms waiting for GET in stock, 50 ms GC.",
  );
});

test("what was chosen is named", () => {
  const gc = [row(60, { class: "gc" })];
  expect(say(60, gc, { version: "1.1.0" }, { version: "1.0.0" })).toBe(
    "Version 1.1.0 is 60 ms over version 1.0.0: 60 ms GC.",
  );
  expect(say(60, gc, { instance: "ab".repeat(16) }, { instance: "cd".repeat(16) })).toBe(
    "Instance abababab is 60 ms over instance cdcdcdcd: 60 ms GC.",
  );
  expect(say(1060, gc, { minMs: 620, maxMs: 1400 })).toBe(
    "Spans of 620–1,400 ms were 1,060 ms over the median: 60 ms GC.",
  );
  const before = { from: Date.UTC(2026, 10, 23, 14), to: Date.UTC(2026, 10, 23, 14, 21) };
  const after = { from: before.to, to: Date.UTC(2026, 10, 23, 15) };
  expect(say(60, gc, after, before)).toBe("After 14:21 UTC, spans took 60 ms more than before: 60 ms GC.");
  expect(say(60, gc, before, after)).toBe("Before 14:21 UTC, spans took 60 ms more than after: 60 ms GC.");
});

test("a side that is faster names what it has less of", () => {
  const rows = [
    row(-30, { level: "function", function: "parseCart", ownCode: true }),
    row(5, { class: "gc" }),
  ];
  expect(say(-25, rows, { version: "2" }, { version: "1" })).toBe(
    "Version 2 is 25 ms under version 1: 30 ms less parseCart.",
  );
});

test("chance is not named", () => {
  const none = "No class differs by more than chance.";
  expect(say(812, [row(812, { significant: false, p: 0.3 })], { percentile: 95 })).toBe(none);
  const rest = { ...row(3, { significant: false }), rank: 2 };
  expect(
    say(43, [row(40, { level: "function", function: "f" }), row(43, { rest })], { percentile: 95 }),
  ).toBe("p95 is 43 ms over the median: 40 ms f.");
});

test("what parts leave of a class is named as the others", () => {
  const rest = row(30, {});
  expect(
    say(70, [row(40, { level: "function", function: "f" }), row(70, { rest })], { percentile: 99 }),
  ).toBe("p99 is 70 ms over the median: 40 ms f, 30 ms own code in other functions.");
});

test("the slower half is not called what it is compared with", () => {
  expect(say(40, [row(40, {})], { percentile: 50 })).toBe(
    "The slower half is 40 ms over the median: 40 ms own code on CPU.",
  );
});

test("held, waited and blocked say by whom, for whom and in what", () => {
  const say1 = (fields: Partial<Contribution>): string =>
    say(9, [row(9, fields)], { percentile: 95 }).slice("p95 is 9 ms over the median: 9 ms ".length);
  expect(say1({ class: "loop.held", level: "blame", blame: "unlabelled", function: "flushMetrics" })).toBe(
    "the loop was held by flushMetrics.",
  );
  expect(say1({ class: "loop.held", level: "blame", blame: "gc" })).toBe("the loop was held by GC.");
  expect(say1({ class: "loop.held" })).toBe("the loop was held by other work.");
  expect(say1({ class: "wait.child", level: "child", child: "redis GET" })).toBe("waiting for redis GET.");
  expect(say1({ class: "wait.child", level: "child", child: "GET", childService: "stock" })).toBe(
    "waiting for GET in stock.",
  );
  expect(
    say1({
      class: "blocked.sync",
      level: "function",
      function: "execFileSync",
      caller: "packForm",
      ownCode: false,
    }),
  ).toBe("blocked in execFileSync in packForm.");
  expect(say1({ level: "function", function: String.raw`RegExp: (?:\w+ )+$`, caller: "reviveDate" })).toBe(
    "a regular expression in reviveDate.",
  );
  expect(say1({ class: "loop.held", level: "blame", function: "RegExp: a+" })).toBe(
    "the loop was held by a regular expression.",
  );
  expect(say1({ class: "gc", level: "function", function: "parseCart" })).toBe("GC.");
  expect(say1({ class: "stalled", level: "function", function: "parseCart" })).toBe(
    "ready, but given no CPU.",
  );
  expect(say1({ level: "function", function: "(anonymous)", caller: "sortAll", ownCode: true })).toBe(
    "an unnamed function in sortAll.",
  );
});
