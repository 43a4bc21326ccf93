import { expect, test } from "vitest";
import { formatName, shortError } from "./sql.ts";

test("our names for formats, and ClickHouse's own", () => {
  expect(formatName("csv")).toBe("CSVWithNames");
  expect(formatName("TABLE")).toBe("JSONCompactStringsEachRowWithNamesAndTypes");
  expect(formatName("JSONCompact")).toBe("JSONCompact");
});

test("an error of ClickHouse loses its version", () => {
  const answer =
    "Code: 60. DB::Exception: Unknown table expression identifier 'nope' in scope SELECT 1 FROM nope. (UNKNOWN_TABLE) (version 26.7.2.1 (official build))\n";
  expect(shortError(answer)).toBe(
    "Code: 60. DB::Exception: Unknown table expression identifier 'nope' in scope SELECT 1 FROM nope. (UNKNOWN_TABLE)",
  );
});
