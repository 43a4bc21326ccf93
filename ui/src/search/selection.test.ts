import { expect, test } from "vitest";
import type { TracePage, TraceSummary } from "../api/types.ts";
import { causeOfSelection, classesIn, compareOfHeat, usualRoot } from "./selection.ts";

const trace = (
  service: string | null,
  name: string,
  ledger: TraceSummary["ledger"] = null,
): TraceSummary => ({
  traceId: "0".repeat(32),
  root: service === null ? null : { spanId: "1", service, name, endpoint: name },
  startUnixNano: "0",
  durationNano: 1e9,
  spans: 1,
  errors: 0,
  services: [],
  samples: 0,
  cpuNano: 0,
  complete: true,
  ledger,
});
const pages = (...of: TraceSummary[][]): { pages: TracePage[]; pageParams: never[] } => ({
  pages: of.map((traces) => ({ traces })),
  pageParams: [],
});

test("the legend names the classes that are seen, in their fixed order", () => {
  const data = pages([
    trace("web", "GET /", [
      { class: "unprofiled", nano: 5e8 },
      { class: "cpu.self", nano: 5e8 },
    ]),
    trace("web", "GET /", [{ class: "gc", nano: 1e6 }]),
    trace("web", "GET /"),
  ]);
  expect(classesIn(data)).toEqual(["cpu.self", "unprofiled"]);
});

test("a selection asks about the operation chosen, else about the one most traces begin with", () => {
  const usual = usualRoot(
    pages([trace("web", "GET /cart"), trace(null, "")], [trace("web", "GET /cart"), trace("api", "POST /x")]),
  );
  expect(usual).toEqual({ service: "web", operation: "GET /cart", endpoint: "GET /cart" });
  expect(usualRoot(pages([trace(null, "")]))).toBeUndefined();
  const range = { from: 1000, to: 9000 };
  const drawn = { minMs: 620, maxMs: 1400, selFrom: 2000, selTo: 3000 };
  const slow = "620-1400ms,t:2000-3000";
  const cart = { service: "web", operation: "GET /cart" };
  expect(causeOfSelection(drawn, range, usual)).toEqual({ ...cart, ...range, slow });
  expect(causeOfSelection({ ...drawn, service: "checkout" }, range, usual)).toEqual({
    service: "checkout",
    ...range,
    slow,
  });
  expect(causeOfSelection({ service: "a", operation: "b", minMs: 5 }, range, usual)).toEqual({
    service: "a",
    operation: "b",
    ...range,
    slow: "5-ms",
  });
});

test("selected requests are compared with the usual ones: faster ones, slower ones, another time's", () => {
  const range = { from: 1000, to: 9000 };
  const usual = { service: "web", operation: "GET /cart", endpoint: "GET /cart" };
  const work = { service: "web", endpoint: "GET /cart", type: "wall", ...range };
  expect(compareOfHeat({ minMs: 620, selFrom: 2000, selTo: 3000 }, range, usual)).toEqual({
    ...work,
    base: "-620ms",
    other: "620-ms,t:2000-3000",
  });
  expect(compareOfHeat({ maxMs: 50 }, range, usual)).toEqual({ ...work, base: "50-ms", other: "-50ms" });
  expect(compareOfHeat({ selFrom: 2000, selTo: 3000 }, range, usual)).toEqual({
    ...work,
    base: "t:3000-9000",
    other: "t:2000-3000",
  });
  expect(compareOfHeat({ selFrom: 1000, selTo: 9000 }, range, usual)).toBeUndefined();
  expect(compareOfHeat({ minMs: 620 }, range, undefined)).toBeUndefined();
  expect(compareOfHeat({ service: "api", operation: "job", minMs: 620 }, range, usual)).toMatchObject({
    service: "api",
    operation: "job",
  });
});
