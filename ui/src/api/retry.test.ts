import { expect, test } from "vitest";
import { ApiError } from "./client.ts";
import { retryDelayMs, shouldRetry } from "./retry.ts";

const failed = (status: number, retryAfterMs?: number): ApiError =>
  new ApiError("no", { code: "x", status, retryAfterMs });

test("what may pass is asked for again, twice", () => {
  for (const status of [0, 429, 503])
    expect([0, 1, 2].map((n) => shouldRetry(n, failed(status)))).toEqual([true, true, false]);
  for (const error of [failed(400), failed(404), failed(504), new Error("x")])
    expect(shouldRetry(0, error)).toBe(false);
});

test("when the server says when, it is not asked before", () => {
  expect(retryDelayMs(0, failed(429, 5000), () => 0)).toBe(5000);
  expect(retryDelayMs(1, failed(429, 5000), () => 1)).toBe(6250);
  expect([0, 1].map((n) => retryDelayMs(n, failed(503)))).toEqual([400, 800]);
});
