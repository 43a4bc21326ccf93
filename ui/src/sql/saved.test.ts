import { expect, test } from "vitest";
import { readSaved, renameSaved, withoutSaved, withSaved } from "./saved.ts";

const list = [
  { name: "slow", query: "SELECT 1" },
  { name: "hot", query: "SELECT 2" },
];

test("a statement is kept under a name, which the next one of that name takes", () => {
  expect(withSaved(list, { name: " new ", query: "SELECT 3" })).toEqual([
    ...list,
    { name: "new", query: "SELECT 3" },
  ]);
  expect(withSaved(list, { name: "slow", query: "SELECT 3" })).toEqual([
    { name: "slow", query: "SELECT 3" },
    list[1],
  ]);
  expect(withSaved(list, { name: "  ", query: "SELECT 3" })).toBe(list);
});

test("it is renamed, but to no other's name, and deleted", () => {
  expect(renameSaved(list, "slow", "slower").map((one) => one.name)).toEqual(["slower", "hot"]);
  expect(renameSaved(list, "slow", "hot")).toBe(list);
  expect(withoutSaved(list, "slow")).toEqual([list[1]]);
});

test("what cannot be read is left out", () => {
  expect(readSaved(JSON.stringify(list))).toEqual(list);
  expect(readSaved(JSON.stringify([list[0], null, 7, { name: "x" }, { name: "", query: "y" }]))).toEqual([
    list[0],
  ]);
  for (const text of [null, "", "{", "7", "null"]) expect(readSaved(text)).toEqual([]);
});
