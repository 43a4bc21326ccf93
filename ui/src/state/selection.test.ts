import { describe, expect, test } from "vitest";
import { compareChoices } from "./compare-choices.ts";
import { compareOfCause, viewOfContribution, workOf } from "./compare-from.ts";
import { compareSideText, compareSideWords, readCompareSide } from "./compare-side.ts";
import {
  compareBody,
  type CompareState,
  perOf,
  profilesOfSide,
  sideOf,
  swapped,
  validateCompare,
} from "./compare.ts";
import { profilesOfUrl, profilesParams, seriesParams, validateProfiles } from "./profiles.ts";
import { partRange } from "./range.ts";
import { addNarrow, narrowsOf, narrowWords, removeNarrow, validateSelection } from "./selection.ts";

const id = "7d9f01c2a4e84d1f9b60c35d2e8a7f14";

describe("a selection", () => {
  test("keeps what the API would take, and drops what it would refuse", () => {
    expect(
      validateSelection({
        service: "checkout",
        endpoint: "GET /cart",
        operation: "redis GET",
        instance: [id, "short"],
        thread: ["0", "main"],
        label: ["tenant:acme", "tenant"],
        minMs: "9",
        maxMs: "3",
        type: "cpu",
      }),
    ).toEqual({
      service: "checkout",
      endpoint: "GET /cart",
      instance: [id],
      thread: ["0"],
      label: ["tenant:acme"],
      minMs: 3,
      maxMs: 9,
    });
  });
  test("is narrowed value by value, and widened again", () => {
    const narrows = [
      { dimension: "version", value: "1.1.0" },
      { dimension: "version", value: "1.0.0" },
      { dimension: "thread", value: "0" },
      { dimension: "label", value: "tenant:acme" },
    ] as const;
    let state = {};
    for (const narrow of [...narrows, ...narrows]) state = addNarrow(state, narrow);
    expect(narrowsOf(state)).toEqual(narrows);
    expect(narrowsOf(state).map(narrowWords)).toEqual([
      "version 1.1.0",
      "version 1.0.0",
      "main thread",
      "tenant = acme",
    ]);
    for (const narrow of narrows) state = removeNarrow(state, narrow);
    expect(state).toEqual({});
  });
});

describe("the profiles", () => {
  const state = validateProfiles({ service: "checkout", selFrom: 500_000, selTo: 700_000, hide: "express" });
  test("are of the part chosen, their course of the whole range", () => {
    const range = { from: 100_000, to: 1_000_000 };
    expect(profilesParams({ ...state, ...range }, 0)).toEqual({
      service: "checkout",
      type: "cpu",
      from: 500_000,
      to: 700_000,
      hide: ["express"],
    });
    expect(seriesParams({ ...state, ...range, type: "loop_hold" }, 0, "version")).toEqual({
      service: "checkout",
      type: "loop_hold",
      ...range,
      groupBy: "version",
    });
    // A part that the range has left is none.
    expect(partRange({ ...state, from: 800_000, to: 900_000 }, 0)).toEqual({ from: 800_000, to: 900_000 });
  });
  test("open at the address that the API gives for a span", () => {
    expect(
      profilesOfUrl("/tools/hotspan/api/v1/profiles?service=checkout&operation=redis+GET&from=1000&to=2000"),
    ).toEqual({ service: "checkout", operation: "redis GET", type: "wall", from: 1000, to: 2000 });
  });
});

describe("the sides of a comparison", () => {
  test("are short texts that are read back whole", () => {
    for (const side of [
      { version: ["1.1.0, rc"] },
      { version: ["1.0.0", "1.0.1"], zone: ["eu-1b"] },
      { instance: [id] },
      { environment: ["prod"], thread: ["0"], label: ["tenant:a,b:c"] },
      { service: "web", endpoint: "GET /a:b" },
      { operation: "v:1" },
      { minMs: 620 },
      { minMs: 1.5, maxMs: 1400, from: 1000, to: 2000 },
    ]) {
      expect(readCompareSide(compareSideText(side))).toEqual(side);
    }
    expect(compareSideText({ version: ["1.1.0"], minMs: 620 })).toBe("v:1.1.0,620-ms");
    expect(compareSideText({})).toBeUndefined();
    for (const junk of [undefined, "", "v:", "x:1", "i:short", "t:2-1", "9-3ms", ",,"])
      expect(readCompareSide(junk)).toBeUndefined();
  });
  test("are said in words", () => {
    const from = Date.parse("2026-11-23T14:21:00Z");
    expect(compareSideWords({ version: ["1.1.0"] })).toBe("version 1.1.0");
    expect(compareSideWords({ endpoint: "GET /", minMs: 620, from, to: from + 1_140_000 })).toBe(
      "GET / · over 620 ms · 14:21–14:40",
    );
  });
  test("lead to their own profile, with the time that is theirs", () => {
    const state = validateCompare({
      service: "checkout",
      endpoint: "GET /cart",
      from: 1000,
      to: 9000,
      base: "v:1.0.0,t:2000-3000",
      other: "o:redis GET",
      hide: "express",
      zoom: "abc",
    });
    expect(profilesOfSide(state, "base")).toEqual({
      service: "checkout",
      endpoint: "GET /cart",
      version: ["1.0.0"],
      from: 2000,
      to: 3000,
      hide: ["express"],
    });
    expect(profilesOfSide(state, "other")).toEqual({
      service: "checkout",
      operation: "redis GET",
      from: 1000,
      to: 9000,
      hide: ["express"],
    });
    expect(sideOf(state, "other", 0)).toEqual({
      service: "checkout",
      operation: "redis GET",
      from: 1000,
      to: 9000,
    });
    expect(swapped(swapped(state))).toEqual(state);
    expect(swapped(state)).toMatchObject({ base: state.other, other: state.base });
  });
});

describe("the request of a comparison", () => {
  const state: CompareState = {
    service: "checkout",
    base: "v:1.0.0",
    other: "v:1.1.0,h:0",
    range: "15m",
    focus: ["parse"],
    highlight: ["Date"],
  };
  test("has both sides whole; marks change no number and stay here", () => {
    expect(compareBody(state, 1_000_000)).toEqual({
      base: { service: "checkout", version: ["1.0.0"], type: "cpu", from: 100_000, to: 1_000_000 },
      other: {
        service: "checkout",
        version: ["1.1.0"],
        thread: [0],
        type: "cpu",
        from: 100_000,
        to: 1_000_000,
      },
      normalise: "per_span",
      filters: { focus: ["parse"] },
    });
  });
  test("waits for a service and for sides that differ", () => {
    expect(compareBody({}, 0)).toBeUndefined();
    expect(compareBody({ ...state, service: undefined }, 0)).toBeUndefined();
    expect(compareBody({ ...state, other: state.base }, 0)).toBeUndefined();
    expect(compareBody({ base: "s:web", other: "s:api" }, 0)).toBeDefined();
  });
  test("divides by what fits the type", () => {
    expect(perOf({})).toBe("per_span");
    expect(perOf({ type: "heap_inuse" })).toBe("share");
    expect(perOf({ type: "heap_alloc" })).toBe("per_second");
    expect(validateCompare({ per: "per_span" })).toEqual({});
    expect(validateCompare({ per: "per_span", type: "heap_inuse" }).per).toBe("per_span");
  });
});

test("a profile is compared with the version before, the time before, another instance", () => {
  const other = "c14be0a2933f4c7d8e51f60b7a2d9c38";
  const choices = compareChoices(
    { service: "checkout", version: ["1.1.0"], instance: [id] },
    { from: 5000, to: 9000 },
    { versions: ["1.2.0", "1.1.0", "1.0.0"], instances: [id, other] },
  );
  expect(choices.map(({ words, state }) => [words, state.base, state.other])).toEqual([
    ["The version before", "v:1.0.0", "v:1.1.0"],
    ["The time before", "t:1000-5000", "t:5000-9000"],
    ["Another instance", `i:${other}`, `i:${id}`],
  ]);
  // A process has one version.
  expect(choices[0]?.state).toEqual({
    service: "checkout",
    from: 5000,
    to: 9000,
    base: "v:1.0.0",
    other: "v:1.1.0",
  });
  expect(choices[1]?.state).toMatchObject({ version: ["1.1.0"], from: 1000, to: 9000 });
  // Nothing is chosen: the two latest versions, any two instances.
  const open = compareChoices(
    { service: "a" },
    { from: 5, to: 9 },
    { versions: ["2", "1"], instances: [id, other] },
  );
  expect(open.map(({ state }) => [state.base, state.other])).toEqual([
    ["v:1", "v:2"],
    ["t:1-5", "t:5-9"],
    [`i:${other}`, `i:${id}`],
  ]);
  expect(compareChoices({}, { from: 5, to: 9 }, { versions: ["1"], instances: [id] })).toHaveLength(1);
});

describe("a root cause", () => {
  const stats = (minMs: number, maxMs: number) => ({
    spans: 200,
    meanNano: 0,
    p50Nano: 0,
    p95Nano: 0,
    minNano: minMs * 1e6,
    maxNano: maxMs * 1e6,
  });
  const answer = { slow: stats(620.1234, 1390), baseline: stats(121, 174.0005) };
  const known = [
    { name: "GET /cart", kind: "server", endpoint: "GET /cart/{id}" },
    { name: "redis GET", kind: "client", endpoint: null },
  ];
  test("is compared by the durations that its percentiles stood for", () => {
    const work = workOf("checkout", "GET /cart", known);
    expect(work).toEqual({ service: "checkout", endpoint: "GET /cart/{id}" });
    expect(workOf("checkout", "redis GET", known)).toEqual({ service: "checkout", operation: "redis GET" });
    expect(compareOfCause({ operation: "GET /cart", from: 1, to: 9 }, answer, work)).toEqual({
      ...work,
      type: "wall",
      from: 1,
      to: 9,
      base: "121-174.001ms",
      other: "620.123-ms",
    });
    expect(compareOfCause({ slow: "v:1.1.0", baseline: "v:1.0.0" }, answer, work)).toMatchObject({
      base: "v:1.0.0",
      other: "v:1.1.0",
    });
  });
  test("shows a function in the difference, a holder of the loop in its own profile", () => {
    const compare: CompareState = { service: "checkout", base: "v:1", other: "v:2", from: 1, to: 9 };
    const one = {
      rank: 1,
      class: "cpu.self",
      level: "function",
      function: "JSON.parse",
      package: null,
    } as never;
    expect(viewOfContribution(one, compare)).toEqual({
      to: "/compare",
      search: { ...compare, focus: ["/JSON\\.parse "] },
    });
    const held = { rank: 1, class: "loop.held", level: "endpoint", endpoint: "POST /export" } as never;
    expect(viewOfContribution(held, compare)).toEqual({
      to: "/profiles",
      search: { service: "checkout", endpoint: "POST /export", type: "loop_hold", from: 1, to: 9 },
    });
    const of = (one: object): unknown => viewOfContribution(one as never, compare);
    expect(of({ level: "class", class: "gc" })).toEqual({
      to: "/compare",
      search: { ...compare, focus: ["/\\(garbage collector\\) "] },
    });
    const { type: _, ...cpu } = compare;
    expect(of({ level: "class", class: "cpu.self" })).toEqual({ to: "/compare", search: cpu });
    expect(of({ level: "child", class: "wait.child", child: "redis GET" })).toEqual({
      to: "/compare",
      search: { ...compare, type: "wall" },
    });
  });
});
