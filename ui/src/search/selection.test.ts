import { expect, test } from "vitest";
import type { TracePage, TraceSummary } from "../api/types.ts";
import { causeOfSelection, classesIn, usualRoot } from "./selection.ts";

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
  expect(usual).toEqual({ service: "web", operation: "GET /cart" });
  expect(usualRoot(pages([trace(null, "")]))).toBeUndefined();
  const range = { from: 1000, to: 9000 };
  const drawn = { minMs: 620, maxMs: 1400, selFrom: 2000, selTo: 3000 };
  const slow = "620-1400ms,t:2000-3000";
  expect(causeOfSelection(drawn, range, usual)).toEqual({ ...usual, ...range, slow });
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
