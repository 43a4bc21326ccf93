// The way of a planted cause through the whole system: app under load, agent, correlator, store, POST /root-cause.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, startUp } from "../support/demo.ts";
import { allRuns, type Causes, planOf } from "./plan.ts";
import { tryPlan } from "./run.ts";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";
/** A cut that takes about a minute, or all. */
const runs: readonly Causes[] = nightly
  ? allRuns(1)
  : [{ app: "shop", causes: ["slow-pricing", "n-plus-one"] }];

describe("what is planted in an example app is the first contribution of its slow spans", () => {
  let up: Demo;
  beforeAll(async () => {
    up = await startUp();
  });
  afterAll(async () => {
    await up?.stop();
  });

  it.each(runs)("$app: $causes", async ({ app, causes }) => {
    const results = await tryPlan(up, planOf(app, causes, { seed: 1, rate: nightly ? undefined : 20 }));
    expect(results.length).toBeGreaterThanOrEqual(causes.length);
    expect(results.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
  });
});
