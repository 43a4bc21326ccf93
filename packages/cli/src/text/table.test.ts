import { expect, test } from "vitest";
import { columns, renderRows, renderTable } from "./table.ts";

test("numbers stand right, text left, under heads as wide as the widest", () => {
  const heads = columns(["service", "n"], ["LowCardinality(String)", "UInt64"]);
  expect(
    renderTable(heads, [
      ["cart", "7"],
      ["gateway-eu", "12345"],
    ]),
  ).toBe(["service         n", "──────────  ─────", "cart            7", "gateway-eu  12345", ""].join("\n"));
  expect(renderRows(heads, [["x", "1"]])).toBe("x               1\n");
});

test("a cell stays on its line and within 100 characters", () => {
  const heads = columns(["a"], ["String"]);
  const [, , first = "", second = ""] = renderTable(heads, [["x\ny"], ["z".repeat(300)]]).split("\n");
  expect(first).toBe("x\\ny");
  expect(second).toBe(`${"z".repeat(99)}…`);
});
