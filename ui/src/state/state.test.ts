import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSearch, stringifySearch } from "./raw.ts";
import {
  activeFilters,
  dropFilter,
  heatmapParams,
  attributeProblem,
  parseAttribute,
  type SearchState,
  tracesParams,
  validateSearch,
} from "./search.ts";
import { validateCompare } from "./compare.ts";
import { validateProfiles } from "./profiles.ts";
import { addChip, chipsOf, removeChip } from "./filters.ts";
import { profileParams, validateSpan } from "./span.ts";
import { isStep, validateTrace } from "./trace.ts";

const text = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter((one) => one.trim() !== "");
const junk = fc.dictionary(
  fc.constantFrom(
    "service",
    "operation",
    "attr",
    "minMs",
    "maxMs",
    "profiled",
    "errors",
    "sort",
    "range",
    "from",
    "to",
    "selFrom",
    "selTo",
    "span",
    "open",
    "find",
    "fold",
    "turnFrom",
    "turnTo",
    "noPath",
    "scope",
    "type",
    "view",
    "focus",
    "zoom",
    "at",
    "delayed",
    "colour",
    "slow",
    "baseline",
    "endpoint",
    "version",
    "instance",
    "thread",
    "label",
    "split",
    "base",
    "other",
    "per",
    "by",
  ),
  fc.oneof(text, fc.array(text), fc.double(), fc.boolean(), fc.constant(null)),
);

describe.each([
  ["search", validateSearch],
  ["trace", validateTrace],
  ["span", validateSpan],
  ["profiles", validateProfiles],
  ["compare", validateCompare],
] as const)("the address of the %s view", (_, validate) => {
  test("any query string is understood or dropped, and writing it again gives the same state", () => {
    fc.assert(
      fc.property(junk, (raw) => {
        const state = validate(raw);
        const again = validate(parseSearch(stringifySearch({ ...state })));
        expect(again).toEqual(state);
      }),
    );
  });
  test("the default state is an empty query", () => {
    expect(stringifySearch({ ...validate({}) })).toBe("");
  });
});

test("a trace is opened at a turn until another part of it is chosen", () => {
  expect(validateTrace({ turnFrom: "1700000000052.001", turnTo: "1700000000255" })).toEqual({
    turnFrom: 1_700_000_000_052.001,
    turnTo: 1_700_000_000_255,
  });
  expect(validateTrace({ turnFrom: "2", turnTo: "1" })).toEqual({});
  expect(validateTrace({ turnFrom: "1", turnTo: "2", from: "3", to: "4" })).toEqual({ from: 3, to: 4 });
});

test("zooming a trace and opening a span can be undone by going back; folding, finding and moving along cannot", () => {
  const zoomed = { from: 100, to: 300 };
  expect(isStep({}, zoomed)).toBe(true);
  expect(isStep(zoomed, {})).toBe(true);
  expect(isStep({ turnFrom: 1e12, turnTo: 1e12 + 9 }, {})).toBe(true);
  expect(isStep(zoomed, { from: 150, to: 250 })).toBe(true);
  expect(isStep(zoomed, { from: 150.0004, to: 350 })).toBe(false);
  expect(isStep({}, { open: true })).toBe(true);
  expect(isStep({}, { span: "a", fold: ["a"], find: "x", noPath: true, colour: "service" })).toBe(false);
});

test("a search is written plainly", () => {
  const state = validateSearch({
    service: "checkout",
    operation: "GET /cart",
    attr: ["user.tier:business"],
    minMs: "620",
    maxMs: 1400,
    profiled: "true",
    sort: "duration",
    range: "1h",
  });
  expect(stringifySearch({ ...state })).toBe(
    "?service=checkout&operation=GET+/cart&attr=user.tier:business&minMs=620&maxMs=1400&profiled=true",
  );
});

test("instants may be RFC 3339; half a range is none; a range upside down is turned", () => {
  const from = Date.parse("2026-11-23T14:00:00Z");
  expect(validateSearch({ from: "2026-11-23T14:00:00Z", to: "2026-11-23T15:00:00Z" })).toEqual({
    from,
    to: from + 3_600_000,
  });
  expect(validateSearch({ from: "2026-11-23T14:00:00Z" })).toEqual({});
  expect(validateSearch({ minMs: "9", maxMs: "3" })).toEqual({ minMs: 3, maxMs: 9 });
  expect(validateSearch({ operation: "GET /" })).toEqual({});
});

describe("what is asked for", () => {
  const state: SearchState = {
    service: "checkout",
    minMs: 620,
    maxMs: 1400,
    errors: true,
    range: "15m",
    selFrom: 500_000,
    selTo: 700_000,
  };
  test("the heatmap shows the whole range and all durations", () => {
    expect(heatmapParams(state, 1_000_000, "60x40")).toEqual({
      service: "checkout",
      status: "error",
      from: 100_000,
      to: 1_000_000,
      buckets: "60x40",
    });
  });
  test("the table shows the selection, inside the range", () => {
    expect(tracesParams(state, 600_000, 100)).toEqual({
      service: "checkout",
      status: "error",
      from: 500_000,
      to: 600_000,
      minMs: 620,
      maxMs: 1400,
      sort: "duration",
      ledger: true,
      limit: 100,
    });
  });
  test("each filter in force can be dropped by its name", () => {
    let left = state;
    for (const { name } of activeFilters(state)) left = dropFilter(left, name);
    expect(left).toEqual({ range: "15m" });
  });
});

test("attributes are written with = or : and need both sides", () => {
  expect(parseAttribute(" user.tier = business ")).toBe("user.tier:business");
  expect(parseAttribute("http.url:https://a/?b=c")).toBe("http.url:https://a/?b=c");
  for (const bad of ["", "tier", "=x", "tier ="]) expect(parseAttribute(bad)).toBeUndefined();
  expect(attributeProblem("tier")).toBe("Attributes are compared for equality: key=value.");
});

test("no other comparison is taken for a part of an attribute's key or value", () => {
  for (const [bad, sign] of [
    ["cart.items>=1000", ">="],
    ["cart.items >= 1000", ">="],
    ["cart.items<=1000", "<="],
    ["cart.items>1000", ">"],
    ["cart.items < 1000", "<"],
    ["user.tier!=business", "!="],
    ["user.tier != business", "!="],
    ["user.tier=~bus.*", "=~"],
    ["user.tier == business", "=="],
  ] as const) {
    expect(parseAttribute(bad), bad).toBeUndefined();
    expect(attributeProblem(bad)).toBe(
      `${sign} is not known here. Attributes are compared for equality: key=value.`,
    );
  }
  // In a value they are what they are.
  expect(parseAttribute("http.url=/a?b>=1")).toBe("http.url:/a?b>=1");
  expect(parseAttribute("note:>=5")).toBe("note:>=5");
  expect(validateSearch(parseSearch("?attr=cart.items>:1000"))).toEqual({});
});

test("chips are added once, combine, and are removed one by one", () => {
  const chips = [
    { name: "hide", pattern: "^express/" },
    { name: "highlight", pattern: "[dD]ate" },
    { name: "hide", pattern: "^node:" },
  ] as const;
  let state = validateSpan({});
  for (const chip of [...chips, ...chips]) state = addChip(state, chip);
  expect(profileParams(state)).toEqual({ hide: ["^express/", "^node:"], highlight: ["[dD]ate"] });
  for (const chip of chipsOf(state)) state = removeChip(state, chip);
  expect(state).toEqual({});
});
