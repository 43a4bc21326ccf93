import { afterEach, expect, test, vi } from "vitest";
import { upstream } from "./upstream.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("two instances take turns; a service without an address answers 503", () => {
  vi.stubEnv("A_URL", "http://127.0.0.1:1/");
  vi.stubEnv("B_URL", "http://127.0.0.1:2");
  const both = upstream("A_URL", "B_URL", "NOBODY_URL");
  expect([both(), both(), both()]).toEqual([
    "http://127.0.0.1:1",
    "http://127.0.0.1:2",
    "http://127.0.0.1:1",
  ]);
  expect(upstream("NOBODY_URL")).toThrow(/no address/);
});
