// The way of a planted cause through the whole system: app under load, agent, correlator, store, POST /root-cause.
import { CAUSES } from "@hotspan/example-shop";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, startUp } from "../support/demo.ts";
import type { AppName } from "./apps.ts";
import { libraryTruths } from "./library.ts";
import { pairs, planOf } from "./plan.ts";
import { tryPlan } from "./run.ts";

const nightly = process.env["HOTSPAN_NIGHTLY"] === "1";
const libraryCauses = [...new Set(libraryTruths.map(({ cause }) => cause))];

/** A cut that takes about a minute, or all: each cause alone, and pairs. */
const runs: readonly (readonly [AppName, readonly string[]])[] = nightly
  ? [
      ...CAUSES.map((cause) => ["shop", [cause]] as const),
      ...pairs(1, 12).map((pair) => ["shop", pair] as const),
      ...libraryCauses.map((cause) => ["library", [cause]] as const),
    ]
  : [["shop", ["slow-pricing", "n-plus-one"]]];

describe("what is planted in an example app is the first contribution of its slow spans", () => {
  let up: Demo;
  beforeAll(async () => {
    up = await startUp();
  });
  afterAll(async () => {
    await up?.stop();
  });

  it.each(runs)("%s: %s", async (app, causes) => {
    const results = await tryPlan(up, planOf(app, causes, { seed: 1, rate: nightly ? undefined : 20 }));
    expect(results.length).toBeGreaterThanOrEqual(causes.length);
    expect(results.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
  });
});
