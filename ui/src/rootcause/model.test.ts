import { expect, test } from "vitest";
import type { Contribution, RootCause } from "../api/ledger-types.ts";
import { pWords, signed } from "../lib/signed.ts";
import { barOrder, causeGroups, causeRows, causeWords, exampleTraces, markSentence } from "./model.ts";

type Difference = NonNullable<Contribution["rest"]>;
const difference = (delta: number, significant: boolean): Difference => ({
  slowNano: (100 + delta) * 1e6,
  baselineNano: 100e6,
  deltaNano: delta * 1e6,
  share: delta / 812,
  low: (delta - 5) * 1e6,
  high: (delta + 5) * 1e6,
  p: significant ? 0.001 : 0.5,
  significant,
});

let rank = 0;
const contribution = (
  name: Contribution["class"],
  of: Difference,
  more: Partial<Contribution> = {},
): Contribution =>
  ({ rank: ++rank, class: name, level: "class", ...of, exampleTraceIds: [], ...more }) as Contribution;
const side = { spans: 200, meanNano: 0, p50Nano: 0, p95Nano: 0, minNano: 0, maxNano: 0 };
const answer: RootCause = {
  slow: { ...side, meanNano: 960e6 },
  baseline: { ...side, meanNano: 148e6 },
  excessNano: 812e6,
  explainedNano: 790e6,
  coverage: 1,
  contributions: [
    contribution("cpu.self", difference(540, true), {
      level: "function",
      function: "JSON.parse",
      caller: "parseCart",
      file: "src/cart/parse.ts",
      line: 31,
      exampleTraceIds: ["a", "b"],
    }),
    contribution("loop.held", difference(190, true), {
      level: "endpoint",
      endpoint: "POST /export",
      function: "buildCsv",
      exampleTraceIds: ["b"],
    }),
    contribution("gc", difference(60, true), { exampleTraceIds: ["c"] }),
    contribution("cpu.self", difference(548, true), { rest: difference(8, false) }),
    contribution("wait.child", difference(4, false), { level: "child", child: "redis GET", childKind: "db" }),
    contribution("loop.held", difference(193, true), { rest: difference(3, false) }),
    contribution("wait.child", difference(11, false), { rest: difference(7, false) }),
  ],
  attributes: [],
  sentence: "p95 is 812 ms over the median: 540 ms JSON.parse in parseCart, 60 ms GC.",
  sentenceParts: [
    { text: "p95 is 812 ms over the median" },
    { text: ": " },
    { text: "540 ms JSON.parse in parseCart", class: "cpu.self" },
    { text: ", " },
    { text: "60 ms GC", class: "gc" },
    { text: "." },
  ],
  warnings: [],
  excess: { low: 1, high: 2, p: 0.01 },
};
const text = (one: Contribution | undefined): string => {
  if (one === undefined) return "";
  const { before = "", strong, after = "" } = causeWords(one);
  return before + strong + after;
};

test("rows together are the excess: a class stands with what its parts leave of it", () => {
  const rows = causeRows(answer);
  expect(rows.reduce((sum, row) => sum + row.difference.deltaNano, 0)).toBe(812e6);
  expect(rows.map((row) => row.number)).toEqual([1, 2, 3, undefined, undefined, undefined, undefined]);
  expect(rows.map((row) => text(row.of))).toEqual([
    "JSON.parse in parseCart",
    "POST /export held the loop",
    "Garbage collection",
    "Own code, other functions",
    "Waiting for redis GET",
    "Loop held by others",
    "Waiting for other child spans",
  ]);
});

test("what is certain but less than a hundredth of the excess folds into one row, unless it is alone", () => {
  const rows = (...deltas: readonly number[]) =>
    causeGroups(
      causeRows({
        ...answer,
        contributions: [
          ...deltas.map((delta) => contribution("gc", difference(delta, true))),
          ...Array.from({ length: 18 }, () => contribution("gc", difference(1, false))),
        ],
      }),
    );
  const delta = (list: readonly { readonly difference: Difference }[]) =>
    list.map(({ difference: { deltaNano } }) => deltaNano / 1e6);
  const folded = rows(540, 7, 60, -3);
  expect([folded.ranked, folded.small].map(delta)).toEqual([
    [540, 60],
    [7, -3],
  ]);
  expect([folded.chance.length, folded.smallChance.length]).toEqual([16, 2]);
  expect(delta(rows(540, 7).ranked)).toEqual([540, 7]);
});

test("a cause says where it is, as far as it is known", () => {
  expect(answer.contributions.slice(0, 3).map((one) => causeWords(one).sub)).toEqual([
    "own code on CPU · parse.ts:31",
    "loop held · buildCsv",
    undefined,
  ]);
  expect(answer.contributions.slice(0, 1).map((one) => causeWords(one).path)).toEqual([
    "src/cart/parse.ts:31",
  ]);
  // One function, two kinds of time: the rows say which is which.
  const tax = { level: "function", function: "applyTax", file: "version-1.1.ts", line: 53 } as const;
  expect(
    (["cpu.self", "stalled", "gc", "cpu.child"] as const).map(
      (name) => causeWords(contribution(name, difference(1, true), tax)).sub,
    ),
  ).toEqual([
    "own code on CPU · version-1.1.ts:53",
    "ready, but given no CPU · version-1.1.ts:53",
    "GC · version-1.1.ts:53",
    "child spans’ code on CPU · version-1.1.ts:53",
  ]);
  const child = contribution("wait.child", difference(1, true), {
    level: "child",
    child: "GET",
    childService: "stock",
    childKind: "http",
  });
  expect(causeWords(child).sub).toBe("waiting for a child span · stock · http");
  const pattern = contribution("cpu.self", difference(1, true), {
    level: "function",
    function: String.raw`RegExp: (?:\w+ )+(?:at|on) \d{4}-\d{2}$`,
    caller: "reviveDate",
  });
  expect(text(pattern)).toBe(String.raw`/(?:\w+ )+(?:at|on) \d{4}-…/ in reviveDate`);
  expect(causeWords(pattern).title).toBe(String.raw`/(?:\w+ )+(?:at|on) \d{4}-\d{2}$/`);
  const held = (more: Partial<Contribution>): string =>
    text(contribution("loop.held", difference(1, true), { level: "endpoint", endpoint: null, ...more }));
  expect(held({ blame: "gc" })).toBe("Garbage collection held the loop");
  expect(held({ function: "flushMetrics" })).toBe("flushMetrics held the loop");
  expect(held({})).toBe("Work of no request held the loop");
  const own = contribution("cpu.self", difference(1, true), {
    level: "function",
    function: "render",
    caller: "route",
    ownCode: true,
  });
  expect(text(own)).toBe("render");
});

test("both bars begin with what may be alike and end with the causes", () => {
  expect(barOrder(answer).map((one) => one.class)).toEqual(["wait.child", "cpu.self", "loop.held", "gc"]);
});

test("the sentence keeps its words, and each cause has its class colour", () => {
  const parts = markSentence(answer);
  expect(parts.map((part) => (typeof part === "string" ? part : part.strong)).join("")).toBe(answer.sentence);
  expect(parts.filter((part) => typeof part !== "string")).toEqual([
    { strong: "812 ms" },
    { strong: "540 ms", mark: "cpu.self" },
    { strong: "60 ms", mark: "gc" },
  ]);
});

test("examples are the causes' own first, each once", () => {
  expect(exampleTraces(answer)).toEqual(["a", "b", "c"]);
});

test("p and differences are written as people write them", () => {
  expect([0, 0.0004, 0.012, 0.24, 1, Number.NaN].map(pWords)).toEqual([
    "<0.001",
    "<0.001",
    "0.012",
    "0.24",
    "1.00",
    "–",
  ]);
  expect([signed("5.0", 5), signed("-5.0", -5), signed("-0.0", -0.01)]).toEqual(["+5.0", "−5.0", "0.0"]);
});
