import { expect, test } from "vitest";
import { validateSql } from "../state/sql.ts";
import { cellText, isNumeric } from "./cells.ts";

test("cells show what the store said", () => {
  expect(cellText("18446744073709551615", "UInt64")).toBe("18446744073709551615");
  expect(cellText(0.1 + 0.2, "Float64")).toBe("0.3");
  expect(cellText(null, "Nullable(String)")).toBe("NULL");
  expect(cellText(["a", "b"], "Array(String)")).toBe('["a","b"]');
  expect(cellText(false, "Bool")).toBe("false");
});

test("numbers are told by their type, not by their look", () => {
  expect(
    ["UInt64", "Nullable(Float64)", "Decimal(9, 2)", "LowCardinality(Nullable(Int8))"].every(isNumeric),
  ).toBe(true);
  expect(
    ["String", "LowCardinality(String)", "DateTime64(9)", "Array(UInt8)", "Interval"].some(isNumeric),
  ).toBe(false);
});

test("a statement too long for an address is left out of it", () => {
  expect(validateSql({ q: "SELECT 1" })).toEqual({ q: "SELECT 1" });
  expect(validateSql({ q: "x".repeat(5_000) })).toEqual({});
});
