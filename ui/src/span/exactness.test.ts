import { expect, test } from "vitest";
import { exactness } from "./exactness.ts";

const coverage = {
  periodNano: 10_100_000,
  expectedTicks: 59,
  ticks: 57,
  lostTicks: 2,
  windows: 1,
  clockErrorNano: 400_000,
  method: "journal",
} as const;
const says = (more: Partial<Omit<typeof coverage, "method">> & { method?: "journal" | "quiet" | "ticks" }) =>
  exactness({ ...coverage, ...more }).map((line) => line.replaceAll(/\s/g, " "));

test("how exact a span's numbers are is said without words of the trade", () => {
  expect(says({})).toEqual([
    "The thread was looked at every 10.1 ms while it worked: 57 of 59 times, the others were missed.",
    "When longer work on the thread began and ended was written down as it happened.",
    "The clocks of spans and samples agree to within 0.4 ms.",
    "Each number has the interval in which it lies with 95 % certainty.",
  ]);
  const ways = (["journal", "quiet", "ticks"] as const).map((method) => says({ method })[1]);
  expect(new Set(ways).size).toBe(3);
  for (const line of ways) expect(line).not.toMatch(/journal|edge|tick|quiet loop/);
});

test("nothing is said of what was not missed and of clocks that agree", () => {
  const lines = exactness({ ...coverage, ticks: 59, clockErrorNano: 0 } as Parameters<typeof exactness>[0]);
  expect(lines[0]).toContain("none was missed");
  expect(lines.join(" ")).not.toContain("clocks");
});
