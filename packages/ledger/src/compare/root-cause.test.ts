import fc from "fast-check";
import { expect, test } from "vitest";
import { LEDGER_CLASSES, type LedgerClass } from "../types.ts";
import { CompareError } from "./errors.ts";
import type { Contribution, RootCauseAnswer } from "./result.ts";
import { rootCause, type RootCauseInput } from "./root-cause.ts";
import { shuffled, simulate } from "./testing/simulate.ts";
import type { SpanVector, VectorFrame } from "./vector.ts";

function answerOf(input: RootCauseInput): RootCauseAnswer {
  const result = rootCause(input);
  if (!result.comparable) throw new Error(result.detail);
  return result.answer;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

const frames: readonly VectorFrame[] = ["a", "b", "c", "d"].map((name) => ({
  function: name,
  package: "shop",
  file: `${name}.ts`,
}));

const vectors = (side: string): fc.Arbitrary<SpanVector[]> =>
  fc
    .array(
      fc
        .record({
          classes: fc.dictionary(fc.constantFrom(...LEDGER_CLASSES), fc.nat(1e9)),
          cuts: fc.array(
            fc.tuple(
              fc.constantFrom<LedgerClass>("cpu.self", "gc", "blocked.sync"),
              fc.double({ min: 0, max: 1, noNaN: true }),
              fc.nat(3),
              fc.array(fc.nat(3), { maxLength: 3 }),
            ),
            { maxLength: 5 },
          ),
          extra: fc.nat(1e6),
        })
        .map(({ classes, cuts, extra }) => {
          const left = new Map(Object.entries(classes) as [LedgerClass, number][]);
          const functions = cuts.map(([name, share, top, callers]) => {
            const nano = Math.floor((left.get(name) ?? 0) * share);
            left.set(name, (left.get(name) ?? 0) - nano);
            return { class: name, frame: frames[top]!, callers: callers.map((id) => frames[id]!), nano };
          });
          return { classes, functions, durationNano: sum(Object.values(classes)) + extra };
        }),
      { minLength: 20, maxLength: 30 },
    )
    .map((list) =>
      list.map((one, i) => ({
        traceId: `${side}${i}`,
        spanId: `${i}`,
        blame: [],
        children: [],
        attributes: {},
        ...one,
      })),
    );

function checkInvariants(answer: RootCauseAnswer): void {
  const classes = answer.contributions.filter((one) => one.level === "class");
  expect(answer.excessNano).toBe(answer.slow.meanNano - answer.baseline.meanNano);
  expect(sum(classes.map((one) => one.deltaNano))).toBe(answer.excessNano);
  expect(sum(classes.map((one) => one.slowNano))).toBe(answer.slow.meanNano);
  expect(sum(classes.map((one) => one.baselineNano))).toBe(answer.baseline.meanNano);
  expect(answer.contributions.map((one) => one.rank)).toEqual(answer.contributions.map((_, i) => i + 1));
  for (const one of answer.contributions) {
    for (const shown of one.rest === undefined ? [one] : [one, one.rest]) {
      expect(shown.deltaNano).toBe(shown.slowNano - shown.baselineNano);
      expect(shown.low).toBeLessThanOrEqual(shown.deltaNano);
      expect(shown.high).toBeGreaterThanOrEqual(shown.deltaNano);
      expect(shown.p).toBeGreaterThan(0);
      expect(shown.p).toBeLessThanOrEqual(1);
      if (answer.excessNano !== 0) expect(shown.share * answer.excessNano).toBeCloseTo(shown.deltaNano, 3);
    }
  }
  // No time is listed twice: parts and the rest make the class.
  for (const whole of classes) {
    const parts = answer.contributions.filter((one) => one.class === whole.class && one.level !== "class");
    if (parts.length === 0) expect(whole.rest).toBeUndefined();
    else expect(sum(parts.map((one) => one.deltaNano)) + whole.rest!.deltaNano).toBe(whole.deltaNano);
    for (const part of parts) expect(part.significant).toBe(true);
  }
  const shown = answer.contributions.map((one) => one.rest ?? one);
  expect(sum(shown.map((one) => one.deltaNano))).toBe(answer.excessNano);
  expect(answer.coverage).toBeGreaterThanOrEqual(0);
  expect(answer.coverage).toBeLessThanOrEqual(1);
  expect(answer.sentenceParts.map((part) => part.text).join("")).toBe(answer.sentence);
}

test("class differences sum to the excess, and listed rows too, whatever the spans", () => {
  fc.assert(
    fc.property(vectors("s"), vectors("b"), fc.nat(), (slow, baseline, seed) => {
      checkInvariants(answerOf({ slow, baseline, options: { seed, permutations: 199 } }));
    }),
    { numRuns: 40, seed: 1 },
  );
});

test("they do with planted causes as well", () => {
  for (const stacks of [false, true]) {
    const answer = answerOf({
      slow: simulate({
        seed: 1,
        spans: 80,
        stacks,
        plants: [
          { kind: "function", ms: 60 },
          { kind: "endpoint", ms: 50 },
          { kind: "child", ms: 40 },
        ],
      }),
      baseline: simulate({ seed: 2, spans: 90, stacks }),
    });
    checkInvariants(answer);
    expect(answer.contributions.slice(0, 3).every((one) => one.significant)).toBe(true);
  }
});

test("the same input and seed give the same answer, in any order of the spans", () => {
  const slow = simulate({ seed: 3, spans: 60, plants: [{ kind: "function", ms: 40 }] });
  const baseline = simulate({ seed: 4, spans: 70 });
  const first = answerOf({ slow, baseline });
  expect(answerOf({ slow: shuffled(slow, 1), baseline: shuffled(baseline, 2) })).toEqual(first);
  expect(answerOf({ slow, baseline, options: { seed: 2 } }).contributions).not.toEqual(first.contributions);
});

test("fewer than 20 spans on a side are not compared", () => {
  const spans = simulate({ seed: 5, spans: 40 });
  expect(rootCause({ slow: spans.slice(0, 12), baseline: spans.slice(12) })).toEqual({
    comparable: false,
    code: "not_comparable",
    slowSpans: 12,
    baselineSpans: 28,
    needed: 20,
    detail: "Not comparable: 12 slow spans, 20 needed",
  });
  expect(rootCause({ slow: spans.slice(0, 20), baseline: spans.slice(20) }).comparable).toBe(true);
});

test("a span on both sides counts as slow only", () => {
  const spans = simulate({ seed: 6, spans: 60 });
  const answer = answerOf({ slow: spans.slice(0, 30), baseline: spans.slice(20) });
  expect([answer.slow.spans, answer.baseline.spans]).toEqual([30, 30]);
  expect(answer.warnings).toContain("sides_overlap");
});

test("what a ledger leaves out is unprofiled and explains nothing", () => {
  const spans = simulate({ seed: 7, spans: 80 });
  const slow = spans.slice(0, 40).map((span) => ({ ...span, durationNano: span.durationNano + 500e6 }));
  const answer = answerOf({ slow, baseline: spans.slice(40) });
  expect(answer.contributions[0]).toMatchObject({ class: "unprofiled", significant: true });
  expect(answer.explainedNano).toBe(0);
  expect(answer.warnings).toContain("low_coverage");
});

test("vectors that cannot be are refused with a code", () => {
  const [span, ...others] = simulate({ seed: 8, spans: 60 });
  for (const broken of [
    { ...span!, durationNano: span!.durationNano - 1 },
    { ...span!, durationNano: 1.5 },
    { ...span!, classes: { gc: -1 } },
    { ...span!, classes: { other: 1 } as SpanVector["classes"] },
  ]) {
    let thrown: unknown;
    try {
      rootCause({ slow: [broken, ...others.slice(0, 29)], baseline: others.slice(29) });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CompareError);
    expect((thrown as CompareError).code).toBe("HOTSPAN_COMPARE_BAD_VECTOR");
  }
});

test("examples are the slow traces with most of it", () => {
  const slow = simulate({ seed: 9, spans: 60, plants: [{ kind: "function", ms: 80 }] });
  const first = answerOf({ slow, baseline: simulate({ seed: 10, spans: 60 }) }).contributions[0]!;
  const timeOf = (span: SpanVector): number =>
    sum(span.functions.filter((one) => one.frame.function === "planted").map((one) => one.nano));
  const expected = [...slow].sort((a, b) => timeOf(b) - timeOf(a)).slice(0, 5);
  expect(first.exampleTraceIds).toEqual(expected.map((span) => span.traceId));
});

const frame = (name: string, kind: VectorFrame["kind"] = "app"): VectorFrame => ({
  function: name,
  package: kind === "app" ? "shop" : kind!,
  file: kind === "v8" ? null : `src/${name}.ts`,
  kind,
});

/** Each plant: its stack from the top, and ms a slow span has more of it. */
function stacked(
  ...plants: readonly (readonly [stack: readonly VectorFrame[], ms: number])[]
): Contribution[] {
  const add = (span: SpanVector, factor: number): SpanVector => {
    const functions = plants.map(([stack, ms], i) => ({
      class: "cpu.self" as const,
      frame: stack[0]!,
      callers: stack.slice(1),
      nano: Math.round(ms * 1e6 * factor * (1 + ((span.durationNano >> (3 * i)) % 7) / 20)),
    }));
    const more = sum(functions.map((one) => one.nano));
    return {
      ...span,
      durationNano: span.durationNano + more,
      classes: { ...span.classes, "cpu.self": (span.classes["cpu.self"] ?? 0) + more },
      functions: [...span.functions, ...functions],
    };
  };
  return answerOf({
    slow: simulate({ seed: 11, spans: 100, stacks: true }).map((span) => add(span, 1)),
    baseline: simulate({ seed: 12, spans: 100, stacks: true }).map((span) => add(span, 0.05)),
  }).contributions.filter((one) => one.level !== "class") as Contribution[];
}

const route = [
  frame("getCart"),
  frame("handle", "dependency"),
  frame("processTicksAndRejections", "node"),
] as const;

test("a built-in is named with the own code that called it, not the handler above them", () => {
  const parse = [frame("JSON.parse", "v8"), frame("parseCart"), ...route];
  const [first, ...others] = stacked([parse, 250], [[frame("reviveDate"), ...parse], 200]);
  expect(first).toMatchObject({ function: "JSON.parse", caller: "parseCart", class: "cpu.self" });
  expect(others).toEqual([]);
});

test("what carries more than half is named instead of its caller, which has a row for the rest", () => {
  const parse = [frame("JSON.parse", "v8"), frame("parseCart"), ...route];
  const rows = stacked([parse, 200], [[frame("reviveDate"), ...parse], 250]);
  expect(rows.map((one) => [one.function, one.caller])).toEqual([
    ["reviveDate", "parseCart"],
    ["JSON.parse", "parseCart"],
  ]);
});

test("of Node's own modules the function is named that was called from outside", () => {
  const inside = [frame("spawn", "v8"), frame("spawnSync", "node"), frame("execFileSync", "node")];
  const stack = [...inside, frame("packForm"), ...route];
  const [first, ...others] = stacked([stack, 200]);
  expect(first).toMatchObject({ function: "execFileSync", caller: "packForm" });
  expect(others).toEqual([]);
  expect(held("POST /forms", stack)[0]).toMatchObject({ function: "execFileSync", caller: "packForm" });
});

test("what the event loop runs by itself has its own names", () => {
  const [first] = stacked([
    [frame("writev", "v8"), frame("doWrite", "node"), frame("afterWrite", "node")],
    100,
  ]);
  expect(first).toMatchObject({ function: "writev" });
  expect(first).not.toHaveProperty("caller");
});

test("two callees of one handler are named, the handler is not", () => {
  const named = stacked([[frame("parseCart"), ...route], 100], [[frame("applyDiscounts"), ...route], 90]);
  expect(named.map((one) => one.function)).toEqual(["parseCart", "applyDiscounts"]);
});

test("a handler is named when its time is spread over many callees", () => {
  const spread = Array.from(
    { length: 12 },
    (_, i) => [[frame(`step${i}`), frame("rank"), ...route], 20] as const,
  );
  expect(stacked(...spread).map((one) => one.function)).toEqual(["rank"]);
});

test("recursion counts once", () => {
  const [first] = stacked([[frame("walk"), frame("walk"), frame("walk"), ...route], 100]);
  expect(first?.function).toBe("walk");
  expect(first!.deltaNano).toBeLessThan(130e6);
});

/** As `stacked`, of work for `endpoint` that held the loop. */
function held(endpoint: string, ...stacks: readonly (readonly VectorFrame[])[]): Contribution[] {
  const slow = simulate({ seed: 11, spans: 100 }).map((span): SpanVector => {
    const blame = stacks.map((stack, i) => ({
      endpoint,
      frame: stack[0]!,
      callers: stack.slice(1),
      nano: Math.round(40e6 * (1 + ((span.durationNano >> (3 * i)) % 7) / 20)),
    }));
    const more = sum(blame.map((one) => one.nano));
    return {
      ...span,
      durationNano: span.durationNano + more,
      classes: { ...span.classes, "loop.held": (span.classes["loop.held"] ?? 0) + more },
      blame: [...span.blame, ...blame],
    };
  });
  const baseline = simulate({ seed: 12, spans: 100 });
  return answerOf({ slow, baseline }).contributions.filter((one) => one.level === "blame");
}

test("of a hold, the function is named that called all of what ran", () => {
  const render = [frame("renderLabels"), ...route];
  const [first, ...others] = held(
    "POST /labels",
    [frame("bars"), ...render],
    [frame("checksum"), ...render],
    [frame("quote"), ...render],
  );
  expect(first).toMatchObject({ endpoint: "POST /labels", function: "renderLabels", caller: "getCart" });
  expect(others).toEqual([]);
});

test("what is left of a hold is still that endpoint's", () => {
  const render = [frame("renderLabels"), ...route];
  const inside = [frame("bars"), frame("workFor"), ...render];
  const rows = held("POST /labels", inside, inside, inside, [frame("workFor"), ...render]);
  expect(rows.map((one) => [one.endpoint, one.function])).toEqual([
    ["POST /labels", "bars"],
    ["POST /labels", "workFor"],
  ]);
});

test("a function without a name is said to stand in one of its own file, not in the helper that calls it", () => {
  const callback = { ...frame("(anonymous)"), file: "src/labels.ts" };
  const stack = [callback, frame("workFor"), { ...frame("renderLabels"), file: "src/labels.ts" }, ...route];
  const rest = (stack: readonly VectorFrame[]): readonly VectorFrame[] => stack.slice(1);
  const own = stacked([stack, 90], [rest(stack), 5], [rest(rest(stack)), 5]);
  expect(own[0]).toMatchObject({ function: "(anonymous)", file: "src/labels.ts", caller: "renderLabels" });
});

test("what is the same time has the name of the deepest function that has one", () => {
  const anonymous = frame("(anonymous)");
  const stack = [frame("nativeHash", "node"), anonymous, frame("seal"), anonymous, ...route];
  expect(stacked([stack.slice(1), 100])[0]).toMatchObject({ function: "seal", caller: "getCart" });
  expect(held("POST /seal", stack.slice(1))[0]).toMatchObject({ function: "seal", caller: "getCart" });
});
