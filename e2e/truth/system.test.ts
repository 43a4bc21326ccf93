// The way of a truth through the whole system: agents, correlator, embedded store, query API.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, startUp } from "../support/demo.ts";
import { until } from "../support/until.ts";
import { recordRun } from "./run.ts";
import type { Truth } from "./truth.ts";

interface Ledger {
  readonly state: string;
  readonly durationNano: number;
  readonly rows: readonly {
    readonly class: string;
    readonly nano: number;
    readonly low: number;
    readonly high: number;
  }[];
}

describe("the ledger of a span whose truth is known, asked of the query API", () => {
  let up: Demo;
  const found: { readonly truth: Truth; readonly ledger: Ledger }[] = [];

  beforeAll(async () => {
    up = await startUp();
    const truths: Truth[] = [];
    // What happened in a span is not known where the machine took its processor away: then there are fewer.
    for (let seed = 7; truths.length < 10 && seed < 15; seed++) {
      const run = await recordRun({
        node: "24",
        seed,
        spans: 10,
        quietLoop: true,
        journal: true,
        inWorker: false,
        untracedShare: 0,
        priority: true,
        endpoint: up.run.ingestUrl,
      });
      truths.push(...run.truths);
    }
    const api = `${up.run.url.replace(/\/$/, "")}/api/v1`;
    for (const truth of truths) {
      const url = `${api}/traces/${truth.traceId}/spans/${truth.spanId}/ledger`;
      const ledger = await until(`${truth.scenario} has a ledger`, 30_000, async () => {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
        const answer = (await response.json()) as Ledger;
        return answer.state === "ready" ? answer : undefined;
      });
      found.push({ truth, ledger });
    }
  });
  afterAll(async () => {
    await up?.stop();
  });

  it("is there for every span", () => {
    expect(found.length).toBeGreaterThanOrEqual(10);
  });

  it("sums to the span's duration, to the nanosecond", () => {
    for (const { ledger } of found)
      expect(ledger.rows.reduce((sum, { nano }) => sum + nano, 0)).toBe(ledger.durationNano);
  });

  it("gives at least 85 % of all classes within 5 points of the truth", () => {
    const errors = found.flatMap(({ truth, ledger }) => {
      const rows = new Map(ledger.rows.map((row) => [row.class, row.nano]));
      return [...new Set([...rows.keys(), ...Object.keys(truth.classes)])].map((name) => {
        const share = (rows.get(name) ?? 0) / ledger.durationNano;
        const known = (truth.classes[name] ?? 0) / truth.durationNano;
        return { scenario: truth.scenario, class: name, share, known };
      });
    });
    const worthSaying = errors.filter(({ share, known }) => Math.max(share, known) >= 0.01);
    const wrong = worthSaying.filter(({ share, known }) => Math.abs(share - known) > 0.05);
    expect(worthSaying.length).toBeGreaterThan(15);
    expect(wrong.length / worthSaying.length, JSON.stringify(wrong)).toBeLessThanOrEqual(0.15);
  });
});
