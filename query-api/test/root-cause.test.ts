// Slow requests whose causes are known (support/traffic.ts).
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RootCause } from "@hotspan/query-api";
import { type Answer, startApi, type TestApi } from "./support/api.ts";
import { violations } from "./support/contract.ts";
import { MS } from "./support/rows.ts";
import { writeTraffic } from "./support/traffic.ts";

let store: TestStore;
let api: TestApi;
let t0: bigint;
const instance = "e".repeat(32);

beforeAll(async () => {
  store = await testStore();
  t0 = BigInt(Math.floor(Date.now() / 10_000) * 10 - 3000) * 1_000_000_000n;
  await writeTraffic(store, { service: "cart", instance, version: "1.0.0", t0, windows: 12, slow: 3 });
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

const subject = { service: "cart", endpoint: "GET /cart" };
const sides = { slow: { minMs: 200 }, baseline: { maxMs: 200 } };
const ask = (body: Record<string, unknown>): Promise<Answer> =>
  api.post("/api/v1/root-cause", { ...subject, ...body });
const near = (nano: number): number => Math.round(nano / MS);

function expectSums(answer: RootCause): void {
  expect(answer.excessNano).toBe(answer.slow.meanNano - answer.baseline.meanNano);
  const classes = answer.contributions.filter((one) => one.level === "class");
  expect(classes.reduce((sum, one) => sum + one.deltaNano, 0)).toBe(answer.excessNano);
  for (const { low, deltaNano, high } of answer.contributions) {
    expect(low).toBeLessThanOrEqual(deltaNano);
    expect(high).toBeGreaterThanOrEqual(deltaNano);
  }
}

test("names what made spans slow, how much of it, and that it is no chance", async () => {
  const { status, body } = await ask(sides);
  expect(status).toBe(200);
  expectSums(body);
  expect(violations("rootCause", body)).toEqual([]);
  expect(body.slow.spans).toBe(36);
  expect(body.baseline.spans).toBe(84);
  expect(near(body.excessNano)).toBe(420);
  expect(body.coverage).toBe(1);
  expect(body.contributions.slice(0, 3)).toMatchObject([
    { rank: 1, class: "cpu.self", function: "parseCart", caller: "getCart", significant: true },
    { rank: 2, class: "loop.held", endpoint: "POST /export", function: "buildCsv", significant: true },
    { rank: 3, class: "wait.other", significant: true },
  ]);
  expect(
    body.contributions.slice(0, 3).map((one: { deltaNano: number }) => near(one.deltaNano / 10) * 10),
  ).toEqual([200, 200, 20]);
  expect(body.attributes).toMatchObject([
    { key: "cart.items", value: "5000", slowShare: 1, baselineShare: 0 },
  ]);
  expect(body.sentence).toMatch(
    /420 ms over .*: 200 ms parseCart, 200 ms the loop was held by POST \/export/,
  );
  for (const traceId of body.contributions[0].exampleTraceIds)
    expect((await api.get(`/api/v1/traces/${traceId}/ledger`)).body.state).toBe("ready");
});

test("what is redacted is not compared", async () => {
  const discreet = await startApi(store, { redact: ["cart.*"] });
  try {
    const { status, body } = await discreet.post("/api/v1/root-cause", { ...subject, ...sides });
    expect([status, body.attributes]).toEqual([200, []]);
    expect(body.contributions[0]).toMatchObject({ function: "parseCart" });
  } finally {
    await discreet.close();
  }
});

test("equal questions have equal answers; another seed may draw other spans", async () => {
  const [one, two, other] = await Promise.all([
    ask({ ...sides, maxSpans: 30 }),
    ask({ ...sides, maxSpans: 30 }),
    ask({ ...sides, maxSpans: 30, seed: 2 }),
  ]);
  expect(one.body.slow.spans).toBe(30);
  expect(two.bytes).toEqual(one.bytes);
  expect(other.body.baseline.meanNano).not.toBe(one.body.baseline.meanNano);
});

test("a side is chosen by percentile, duration, time, version or instance, or several of them", async () => {
  const at = (windows: number): string => String((t0 + BigInt(windows) * 10_000_000_000n) / 1_000_000n);
  const [percentiles, times, both] = await Promise.all([
    ask({ slow: { percentile: 80 }, baseline: { percentile: [10, 60] } }),
    ask({ slow: { from: at(0), to: Number(at(6)) }, baseline: { from: at(6), to: at(12) } }),
    ask({
      slow: { minMs: 200, version: "1.0.0", instance },
      baseline: { maxMs: 200, to: at(11), from: at(0) },
    }),
  ]);
  expect(percentiles.body.slow.spans).toBeGreaterThanOrEqual(24);
  expect(percentiles.body.slow.p50Nano).toBeGreaterThan(400 * MS);
  expect(percentiles.body.baseline.p95Nano).toBeLessThan(100 * MS);
  expect(times.body).toMatchObject({ slow: { spans: 60 }, baseline: { spans: 60 } });
  expect(times.body.warnings).toContain("not_significant");
  expect(both.body).toMatchObject({ slow: { spans: 36 }, baseline: { spans: 77 } });
  for (const { body } of [percentiles, times, both]) expectSums(body);
});

test("a span is never on both sides", async () => {
  const { body } = await ask({ slow: { minMs: 200 }, baseline: { minMs: 1 } });
  expect(body).toMatchObject({ slow: { spans: 36 }, baseline: { spans: 84 } });
});

test("by operation as by endpoint", async () => {
  const { body } = await api.post("/api/v1/root-cause", {
    service: "cart",
    operation: "GET /cart",
    ...sides,
  });
  expect(body.slow.spans).toBe(36);
});

test("fewer than 20 spans on a side are not compared", async () => {
  for (const body of [
    { slow: { minMs: 503 }, baseline: { maxMs: 200 } },
    { slow: { version: "9.9.9" }, baseline: { version: "1.0.0" } },
    { ...sides, endpoint: "GET /nowhere" },
    {},
  ]) {
    const { status, body: problem } = await ask(body);
    expect([status, problem.code]).toEqual([422, "not_comparable"]);
    expect(problem.detail).toMatch(/20 needed/);
  }
});

test.each([
  [{ endpoint: undefined }, "endpoint"],
  [{ operation: "GET /cart" }, "operation"],
  [{ service: undefined }, "service"],
  [{ service: 7 }, "service"],
  [{ slow: {} }, "slow"],
  [{ slow: { percentile: 101 } }, "slow"],
  [{ slow: { percentile: [75, 25] } }, "slow"],
  [{ slow: { percentile: [75] } }, "slow"],
  [{ slow: { minMs: "200" } }, "slow"],
  [{ slow: { minMs: 300, maxMs: 200 } }, "slow"],
  [{ slow: { instance: "' OR 1" } }, "slow"],
  [{ baseline: { from: "yesterday" } }, "baseline"],
  [{ baseline: { sql: "1" } }, "baseline"],
  [{ maxSpans: 1e9 }, "maxSpans"],
  [{ seed: -1 }, "seed"],
  [{ from: "2", to: "1" }, "from"],
  [{ unknown: 1 }, "unknown"],
])("%j is refused by name", async (body, field) => {
  const { status, body: problem } = await ask({ ...sides, ...body });
  expect([status, problem.code, problem.field]).toEqual([400, "bad_parameter", field]);
});

test("names from outside are values, never SQL", async () => {
  const { status } = await ask({ ...sides, endpoint: "GET /cart' OR '1'='1", service: "cart\\' OR 1 --" });
  expect(status).toBe(422);
});
