import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CAUSES } from "@hotspan/example-shop";
import { expect, it, onTestFinished } from "vitest";
import { RATES, rateOf } from "./load.ts";
import { allRuns, planOf } from "./plan.ts";
import { addResults, isDone, readResults, type Result } from "./results.ts";

it("all runs have each cause alone, each of the shop's in a pair, and the library's together", () => {
  const runs = allRuns(1);
  const shop = runs.filter(({ app }) => app === "shop").map(({ causes }) => causes);
  for (const cause of CAUSES) {
    expect(shop).toContainEqual([cause]);
    expect(shop.some((causes) => causes.length === 2 && causes.includes(cause))).toBe(true);
  }
  expect(runs.at(-1)?.causes.length).toBeGreaterThan(3);
});

it("causes that fill one loop come at fewer requests per second", () => {
  const alone = rateOf("shop", ["export-hog"], 1);
  const both = rateOf("shop", ["large-cart", "export-hog"], 1);
  expect(alone).toBe(RATES.shop);
  expect(both).toBeLessThan(alone);
  // Nothing that computes: nothing to queue behind.
  expect(rateOf("shop", ["unequal"], 1)).toBe(RATES.shop);
});

it("a run's results replace all that an earlier one left, and are done for that code and load only", () => {
  const file = join(tmpdir(), `hotspan-results-${process.pid}.json`);
  onTestFinished(() => rmSync(file, { force: true }));
  const plan = planOf("shop", ["worker", "unequal"], { seed: 1 });
  const resultsOf = (code: string): Result[] =>
    plan.expected.map((expected) => ({ ...plan.run, expected, code, wrong: "x" }) as unknown as Result);
  const other = { ...resultsOf("old")[0]!, causes: ["worker"] };
  addResults(file, [...resultsOf("old"), other]);
  expect(isDone(readResults(file), plan, "new")).toBe(false);
  addResults(file, resultsOf("new").slice(0, 1));
  expect(readResults(file)).toHaveLength(2);
  expect(isDone(readResults(file), plan, "new")).toBe(false);
  addResults(file, resultsOf("new"));
  expect(readResults(file)).toContainEqual(other);
  expect(isDone(readResults(file), plan, "new")).toBe(true);
  expect(isDone(readResults(file), planOf("shop", ["unequal", "worker"], { seed: 1, rate: 5 }), "new")).toBe(
    false,
  );
  addResults(
    file,
    resultsOf("new").map((one) => ({ ...one, failed: true })),
  );
  expect(isDone(readResults(file), plan, "new")).toBe(false);
});
