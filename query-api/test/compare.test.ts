// Two versions whose samples differ in one function, on other lines of the same file.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Compare } from "@hotspan/query-api";
import { type Answer, startApi, type TestApi } from "./support/api.ts";
import { violations } from "./support/contract.ts";
import {
  insertInstances,
  insertSamples,
  insertSpans,
  insertStacks,
  insertWindows,
  MS,
  type SampleRow,
  type SpanRow,
  spanIdOf,
  stackHash,
  traceIdOf,
} from "./support/rows.ts";

let store: TestStore;
let api: TestApi;
let t0: bigint;

const REQUESTS = 60;

/** Each request: 10 ms `work`, and in 2.0 also 20 ms `parse` instead of 10. */
async function writeVersion(version: string, digit: string, lines: number): Promise<void> {
  const instance = digit.repeat(32);
  const spans: SpanRow[] = [];
  const samples: SampleRow[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const traceId = traceIdOf(`${version} ${i}`);
    const spanId = spanIdOf(`${version} ${i}`);
    const start = t0 + BigInt(i) * 1_000_000_000n;
    spans.push({
      traceId,
      spanId,
      service: "shop",
      name: "GET /",
      kind: "Server",
      start,
      // Every third one is slow.
      durationMs: i % 3 === 0 ? 900 : 100,
      instance,
      thread: 0,
      resource: { "service.version": version },
      attributes: { "http.request.method": "GET", "http.route": "/" },
    });
    const sample = (n: number, fn: string): SampleRow => ({
      service: "shop",
      instance,
      traceId,
      spanId,
      endpoint: "GET /",
      at: start + BigInt(n * 10 * MS),
      stack: [`handler@src/h.ts:${lines}|shop|app`, `${fn}@src/${fn}.ts:${lines + 1}|shop|app`],
      wall: 10 * MS,
      cpu: 10 * MS,
    });
    samples.push(sample(0, "work"), sample(1, "parse"));
    if (version === "2.0.0") samples.push(sample(2, "parse"));
  }
  await insertSpans(store.writer, spans);
  await insertSamples(store.writer, samples);
  await insertInstances(store.writer, [{ service: "shop", instance, version, seen: t0 + 60_000_000_000n }]);
  await insertWindows(
    store.writer,
    Array.from({ length: 6 }, (_, seq) => ({
      service: "shop",
      instance,
      seq,
      start: t0 + BigInt(seq) * 10_000_000_000n,
      columns: { ServiceVersion: version },
    })),
  );
}

beforeAll(async () => {
  store = await testStore();
  t0 = BigInt(Math.floor(Date.now() / 1000) - 1800) * 1_000_000_000n;
  await writeVersion("1.0.0", "1", 10);
  await writeVersion("2.0.0", "2", 300);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

const sides = {
  base: { service: "shop", version: "1.0.0" },
  other: { service: ["shop"], version: ["2.0.0"] },
};
const ask = (body: Record<string, unknown>): Promise<Answer> =>
  api.post("/api/v1/compare", { ...sides, ...body });
const find = (body: Compare, name: string) => body.functions.find((one) => one.function === name);

test("per span, the function that takes longer is named with its interval; the others do not differ", async () => {
  const { status, body } = await ask({ normalise: "per_span" });
  expect(status).toBe(200);
  expect(violations("compare", body)).toEqual([]);
  expect(body.base).toEqual({ total: 1200 * MS, samples: 120, spans: REQUESTS });
  expect(body.other).toEqual({ total: 1800 * MS, samples: 180, spans: REQUESTS });
  expect(body.unit).toBe("nanoseconds_per_span");
  expect(body.functions[0]).toMatchObject({
    function: "parse",
    package: "shop",
    base: 10 * MS,
    other: 20 * MS,
    delta: 10 * MS,
    significant: true,
  });
  const parse = find(body, "parse")!;
  expect(parse.low).toBeLessThanOrEqual(parse.delta);
  expect(parse.high).toBeGreaterThanOrEqual(parse.delta);
  expect(find(body, "work")).toMatchObject({ delta: 0, significant: false });
});

test("frames match whatever their line; sums hold on both sides", async () => {
  const { body } = (await ask({})) as unknown as { body: Compare };
  expect(body.frames.filter((frame) => frame.function === "handler")).toHaveLength(1);
  const { parent, baseSelf, baseTotal, otherSelf, otherTotal } = body.nodes;
  for (const [self, total] of [
    [baseSelf, baseTotal],
    [otherSelf, otherTotal],
  ] as const) {
    const sums = [...self];
    for (let i = parent.length - 1; i > 0; i--) sums[parent[i]!]! += sums[i]!;
    sums.forEach((sum, i) => expect(total[i]).toBeCloseTo(sum, 3));
  }
  expect(baseTotal[0]).toBe(20 * MS);
  expect(otherTotal[0]).toBe(30 * MS);
});

test("filters are one pattern or several; highlight marks nodes and changes no number", async () => {
  const plain = await ask({ filters: { focus: ["parse"], hide: ["handler"] } });
  const { status, body } = await ask({
    filters: { focus: "parse", hide: "handler", highlight: "shop/parse" },
  });
  expect(status).toBe(200);
  expect(violations("compare", body)).toEqual([]);
  const { highlighted, ...nodes } = body.nodes;
  expect({ ...body, nodes }).toEqual(plain.body);
  expect(nodes.frame.map((id: number) => body.frames[id].function)).toEqual(["(root)", "parse"]);
  expect(highlighted).toEqual([false, true]);
  const every = await ask({ filters: { highlight: [".*"] } });
  expect(every.body.nodes.highlighted[0]).toBe(false);
  const bad = await ask({ filters: { highlight: "(" } });
  expect([bad.body.code, bad.body.field]).toEqual(["bad_filter", "highlight"]);
});

test("per second and as a share", async () => {
  const second = await ask({ normalise: "per_second" });
  expect(second.body.unit).toBe("nanoseconds_per_second");
  expect(find(second.body, "parse")).toMatchObject({ base: 10 * MS, other: 20 * MS });
  const share = await ask({ normalise: "share" });
  expect(share.body.unit).toBe("share");
  expect(find(share.body, "parse")!.other).toBeCloseTo(2 / 3);
  expect(share.body.nodes.otherTotal[0]).toBeCloseTo(1);
});

test("filters and types work as elsewhere; the same question has the same answer", async () => {
  const { body } = await ask({ filters: { focus: ["parse"], hide: ["handler"] } });
  expect(body.functions.map((one: { function: string }) => one.function)).toEqual(["parse"]);
  expect((await ask({})).bytes).toEqual((await ask({})).bytes);
  const same = await ask({ other: sides.base });
  expect(same.body.functions.some((one: { significant: boolean }) => one.significant)).toBe(false);
  const held = await ask({
    base: { ...sides.base, type: "loop_hold" },
    other: { ...sides.other, type: "loop_hold" },
  });
  expect([held.status, held.body.functions]).toEqual([200, []]);
  const none = await ask({ base: { service: "nobody" } });
  expect([none.status, none.body.base.total]).toEqual([200, 0]);
});

test("slow spans against fast ones: samples and spans of those that took so long, in an endpoint or an operation", async () => {
  const version = { service: "shop", version: "2.0.0" };
  for (const what of [{}, { endpoint: "GET /" }, { operation: "GET /" }]) {
    const { status, body } = await api.post("/api/v1/compare", {
      base: { ...version, ...what, maxMs: 500 },
      other: { ...version, ...what, minMs: 500.5, maxMs: 900 },
    });
    expect([status, violations("compare", body)]).toEqual([200, []]);
    expect(body.base).toEqual({ total: 1200 * MS, samples: 120, spans: 40 });
    expect(body.other).toEqual({ total: 600 * MS, samples: 60, spans: 20 });
    expect(find(body as unknown as Compare, "parse")).toMatchObject({ delta: 0, significant: false });
  }
  const slow = await api.get("/api/v1/profiles?service=shop&minMs=500");
  expect([slow.status, slow.body.samples]).toEqual([200, 20 * (2 + 3)]);
});

/** Requests of two hours, 20 samples each, half of them of either version: in 2.0.0 `parse` takes 12 of them, else 10. */
async function writeBusyHours(requests: number): Promise<{ readonly from: number; readonly to: number }> {
  const TEN_MINUTES = 600_000;
  const to = Math.floor(Number(t0 / 1_000_000n) / TEN_MINUTES) * TEN_MINUTES - TEN_MINUTES;
  const from = to - 12 * TEN_MINUTES;
  const at = `toDateTime64(${from / 1000}, 9, 'UTC') + toIntervalMicrosecond(intDiv(${(to - from) * 1000} * request, ${requests}))`;
  const ids = `lower(hex(sipHash128(request))) AS trace, lower(hex(sipHash64(request))) AS span`;
  const instance = `repeat(if(request % 2 = 0, '4', '5'), 32)`;
  const stackOf = (name: string) => stackHash("busy", [`${name}@src/${name}.ts:1|busy|app`]);
  const run = (query: string): Promise<unknown> => store.writer.command({ query });
  await insertStacks(
    store.writer,
    ["work", "parse"].map((name) => ({
      service: "busy",
      stack: [`${name}@src/${name}.ts:1|busy|app`],
      at: BigInt(from) * 1_000_000n,
    })),
  );
  for (const [i, version] of ["1.0.0", "2.0.0"].entries())
    await insertInstances(store.writer, [
      { service: "busy", instance: String(4 + i).repeat(32), version, seen: t0 },
    ]);
  await run(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanName, SpanKind, Duration, ResourceAttributes, SpanAttributes)
    SELECT ${at}, trace, span, 'busy', 'GET /busy', 'Server', 200000000, map('service.version', if(request % 2 = 0, '1.0.0', '2.0.0')),
      map('http.request.method', 'GET', 'http.route', '/busy')
    FROM (SELECT number AS request, ${ids} FROM numbers(${requests}))`);
  await run(`INSERT INTO profile_samples (ServiceName, ProfileType, Bucket, Endpoint, TraceId, SpanId, Timestamp, StackHash, Instance, Thread, State, Value, CpuNano, Batch)
    SELECT 'busy', 'wall', toStartOfInterval(toDateTime(${at}, 'UTC'), INTERVAL 10 MINUTE), 'GET /busy', trace, span, toDateTime64(${at}, 6),
      if(tick < if(request % 2 = 0, 10, 12), ${stackOf("parse")}, ${stackOf("work")}), ${instance}, 0, 'js', 10000000, 10000000, 7
    FROM (SELECT intDiv(number, 20) AS request, number % 20 AS tick, ${ids} FROM numbers(${requests * 20}))`);
  await insertWindows(
    store.writer,
    ["4", "5"].flatMap((digit) =>
      Array.from({ length: 12 }, (_, seq) => ({
        service: "busy",
        instance: digit.repeat(32),
        seq,
        start: BigInt(from + seq * TEN_MINUTES) * 1_000_000n,
        seconds: 600,
        columns: { ServiceVersion: digit === "4" ? "1.0.0" : "2.0.0" },
      })),
    ),
  );
  return { from, to };
}

test("of more samples than are read one by one, some of the time stands for all of it", async () => {
  const requests = 60_000;
  const range = await writeBusyHours(requests);
  const busy = { service: "busy", ...range };
  const { status, body } = await api.post("/api/v1/compare", {
    base: { ...busy, version: "1.0.0", minMs: 1 },
    other: { ...busy, version: "2.0.0", minMs: 1 },
  });
  expect([status, violations("compare", body)]).toEqual([200, []]);
  for (const side of [body.base, body.other]) {
    expect(side.ofTime).toBeCloseTo(5 / 12, 6);
    // Even spread: of the spans that share, and all of their samples.
    expect(Math.abs(side.spans - (requests / 2) * side.ofTime)).toBeLessThan(8);
    expect(Math.abs(side.samples - 20 * side.spans)).toBeLessThan(200);
  }
  const parse = find(body as unknown as Compare, "parse")!;
  expect(parse.significant).toBe(true);
  expect(parse.base / MS).toBeCloseTo(100, 0);
  expect(parse.other / MS).toBeCloseTo(120, 0);
  expect(parse.low).toBeLessThanOrEqual(20 * MS);
  expect(parse.high).toBeGreaterThanOrEqual(20 * MS * 0.99);

  // What sums are kept of is read as a whole, and only chance told from a part.
  const whole = await api.post("/api/v1/compare", {
    base: { ...busy, endpoint: "GET /busy" },
    other: { ...busy },
  });
  const all = { total: requests * 200 * MS, samples: requests * 20, spans: requests };
  expect([whole.body.base, whole.body.other]).toEqual([all, all]);
  expect(find(whole.body as unknown as Compare, "parse")).toMatchObject({ delta: 0, significant: false });

  // Another share of an hour than of two is read for that: by time as well both are alike.
  const hour = await api.post("/api/v1/compare", {
    base: { ...busy, to: range.from + 3_600_000 },
    other: busy,
    normalise: "per_second",
  });
  const alike = find(hour.body as unknown as Compare, "parse")!;
  expect(alike.significant).toBe(false);
  expect(Math.abs(alike.delta)).toBeLessThan(0.01 * alike.base);
  expect(Math.max(-alike.low, alike.high)).toBeLessThan(0.1 * alike.base);
});

test("samples with nothing to divide them by do not compare, and are no zero", async () => {
  const start = t0 + 900_000_000_000n;
  await insertSamples(store.writer, [
    { service: "bare", instance: "3".repeat(32), at: start, stack: ["run"], wall: 10 * MS, cpu: 10 * MS },
  ]);
  const { status, body } = await ask({ other: { service: "bare" } });
  expect([status, body.code, body.field]).toEqual([422, "not_comparable", "other"]);
  const second = await ask({ other: { service: "bare" }, normalise: "per_second" });
  expect([second.status, second.body.code]).toEqual([422, "not_comparable"]);
  const share = await ask({ other: { service: "bare" }, normalise: "share" });
  expect([share.status, share.body.nodes.otherTotal[0]]).toEqual([200, 1]);
});

test.each([
  [{ base: { minMs: 2, maxMs: 1 } }, "minMs"],
  [{ base: undefined }, "base"],
  [{ base: { service: 7 } }, "base"],
  [{ base: { from: "2", to: "1" } }, "base"],
  [{ other: { from: "never" } }, "other"],
  [{ other: { service: "shop", type: "heap_inuse" } }, "other"],
  [{ normalise: "per_moon" }, "normalise"],
  [{ filters: { only: ["a"] } }, "filters"],
  [{ limit: 3 }, "limit"],
])("%j is refused by name", async (body, field) => {
  const { status, body: problem } = await ask(body);
  expect([status, problem.code, problem.field]).toEqual([400, "bad_parameter", field]);
});

test("a bad filter is told as one", async () => {
  const { status, body } = await ask({ filters: { focus: ["("] } });
  expect([status, body.code]).toEqual([400, "bad_filter"]);
});
