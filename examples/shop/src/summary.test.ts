import { expect, test } from "vitest";
import { Summary } from "./summary.ts";

test("counts every request and keeps a bounded sample of latencies", () => {
  const summary = new Summary();
  for (let i = 0; i < Summary.KEPT + 100; i++) summary.add("GET /a", i, i % 1000 !== 0);
  summary.add("GET /b", 5, true);
  summary.drop();
  const { endpoints, dropped } = summary.toJSON(10);
  expect(dropped).toBe(1);
  expect(endpoints.map((e) => [e.endpoint, e.requests, e.errors])).toEqual([
    ["GET /a", Summary.KEPT + 100, 11],
    ["GET /b", 1, 0],
  ]);
  expect(endpoints[0]?.maxMs).toBe(Summary.KEPT + 99);
  expect(summary.toText(10)).toContain("10.0 s, 1 dropped");
});
