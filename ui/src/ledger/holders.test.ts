import { expect, test } from "vitest";
import type { LedgerBlame } from "../api/ledger-types.ts";
import { frame, noCode } from "./fixture.ts";
import { heldByName, holdersOf, holderWords, ownOf } from "./holders.ts";

const held = (spanId: string | null, name: string | undefined, nano: number): LedgerBlame => ({
  endpoint: spanId === null ? null : "POST /export",
  traceId: spanId === null ? null : "t1",
  spanId,
  kind: spanId === null ? "gc" : "request",
  frame: name === undefined ? noCode : frame(name),
  nano,
  low: nano - 1,
  high: nano + 1,
});
const blame = [
  held("a", "buildCsv", 40),
  held(null, undefined, 35),
  held("a", "quote", 30),
  held("b", "buildCsv", 10),
  // Of another stack.
  held("a", "quote", 5),
];
const collecting = (one: LedgerBlame): LedgerBlame => ({ ...one, kind: "gc" });

test("a request stands once among the holders, with all of its functions", () => {
  expect(holdersOf(blame).map(({ spanId, nano, low, high }) => [spanId, nano, low, high])).toEqual([
    ["a", 75, 72, 78],
    [null, 35, 34, 36],
    ["b", 10, 9, 11],
  ]);
  expect(holdersOf(blame)[0]?.frames.map((one) => [one.frame.function, one.nano])).toEqual([
    ["buildCsv", 40],
    ["quote", 35],
  ]);
  expect(holdersOf(blame)[1]?.frames).toEqual([]);
  expect(holdersOf([])).toEqual([]);
});

test("garbage that a request makes the loop collect is its doing", () => {
  const [holder, ...others] = holdersOf([...blame, collecting(held("a", "buildCsv", 20))]);
  expect(others).toHaveLength(2);
  expect(holder).toMatchObject({ spanId: "a", kind: "request", nano: 95, gcNano: 20 });
  expect(holder?.frames[0]).toMatchObject({ nano: 60 });
  expect(holdersOf([held(null, undefined, 35)])[0]).toMatchObject({ kind: "gc", gcNano: 35 });
});

test("requests of one endpoint count together", () => {
  expect(heldByName(blame)).toEqual([
    { words: "POST /export", name: "POST /export", nano: 85 },
    { words: "Garbage collection", name: "garbage collection", nano: 35 },
  ]);
  expect(heldByName([])).toEqual([]);
});

test("another request of one's own name does not read as oneself", () => {
  const own = ownOf("t9", [{ name: "handler", endpoint: "POST /export" }]);
  const names = (list: readonly LedgerBlame[], whose = own): readonly string[] =>
    heldByName(list, whose).map(({ name, words }) => `${name} | ${words}`);
  expect(names([held("a", "buildCsv", 40)])).toEqual(["another POST /export | Another POST /export"]);
  const several = [held("a", "buildCsv", 40), { ...held("b", "buildCsv", 10), traceId: "t2" }];
  expect(names(several)).toEqual(["other POST /export requests | Other POST /export requests"]);
  const elsewhere = ownOf("t9", [{ name: "GET /cart", endpoint: null }]);
  expect(names(several, elsewhere)).toEqual(["POST /export | POST /export"]);
  const same = ownOf("t1", [{ name: "GET /cart", endpoint: null }]);
  expect(names(several, same)).toEqual([
    "POST /export of this trace | POST /export of this trace",
    "POST /export | POST /export",
  ]);
  expect(holderWords(held("a", undefined, 1), own)).toBe("Another POST /export");
  // What people named in small letters stays so.
  expect(holderWords({ ...held("a", undefined, 1), endpoint: "consume orders" }, own)).toBe("consume orders");
});

test("a holder without an endpoint is named by its kind", () => {
  const named = (endpoint: string | null, kind: LedgerBlame["kind"]): string =>
    holderWords({ endpoint, kind, traceId: null });
  expect(named("POST /export", "request")).toBe("POST /export");
  expect(named(null, "request")).toBe("Another request");
  expect(named("", "unlabelled")).toBe("Work of no request");
  expect(named(null, "gc")).toBe("Garbage collection");
});
