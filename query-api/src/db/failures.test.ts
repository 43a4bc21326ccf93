import { ClickHouseError } from "@clickhouse/client";
import { expect, test } from "vitest";
import { toApiError } from "./failures.ts";

const failed = (code: string, message: string) =>
  toApiError(new ClickHouseError({ code, message, type: "MEMORY_LIMIT_EXCEEDED" })).code;

test("a query that takes too much memory is told from one that came when others had it", () => {
  const beyond = "memory limit exceeded: would use 2.00 GiB";
  expect(failed("241", `Query ${beyond}`)).toBe("range_too_large");
  expect(failed("241", `User ${beyond}`)).toBe("rate_limited");
  expect(failed("241", `(total) ${beyond}`)).toBe("rate_limited");
});

test("a server that is going down is unavailable", () => {
  expect(failed("236", "The server is shutting down due to a fatal error.")).toBe("store_unavailable");
});
