import { expect, test } from "vitest";
import { aroundTrace } from "./around.ts";

const at = (text: string): number => Date.parse(`2026-11-23T${text}Z`);
const trace = (start: string, ms = 900) => ({
  startUnixNano: `${at(start)}000000`,
  durationNano: ms * 1e6,
  spans: [
    { spanId: "a", service: "web" },
    { spanId: "b", service: "checkout" },
  ],
});

test("from a trace other views begin with the service of its span and the hour around it", () => {
  expect(aroundTrace(trace("10:00:07"), "b", at("15:00:00"))).toEqual({
    service: "checkout",
    from: at("09:31:00"),
    to: at("10:31:00"),
  });
  expect(aroundTrace(trace("10:00:07"), undefined, at("15:00:00")).service).toBe("web");
});

test("the hour does not end in the future, and holds all of the trace", () => {
  expect(aroundTrace(trace("14:58:07"), "a", at("15:00:00"))).toEqual({
    service: "web",
    from: at("14:00:00"),
    to: at("15:00:00"),
  });
  // Newer than what this page takes for now.
  expect(aroundTrace(trace("15:04:07"), "a", at("15:00:00")).to).toBe(at("15:05:00"));
  const long = aroundTrace(trace("10:00:00", 3 * 3_600_000), "a", at("15:00:00"));
  expect(long).toEqual({ service: "web", from: at("10:00:00"), to: at("13:00:00") });
});
