import { expect, test } from "vitest";
import { reachable } from "./child.ts";

test("an address for listening becomes one to connect to", () => {
  expect(reachable("http://0.0.0.0:4600")).toBe("http://127.0.0.1:4600");
  expect(reachable("http://[::]:4600")).toBe("http://[::1]:4600");
  expect(reachable("http://10.0.0.1:4600")).toBe("http://10.0.0.1:4600");
  expect(reachable("http://[::1]:4600")).toBe("http://[::1]:4600");
});
