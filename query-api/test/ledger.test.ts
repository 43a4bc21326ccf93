// Ledgers of two requests on one loop whose truth is known (support/held.ts).
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ledger, Profile, Timeline } from "@hotspan/query-api";
import { startApi, type TestApi } from "./support/api.ts";
import { violations } from "./support/contract.ts";
import { type Held, shopInstance, writeHeld } from "./support/held.ts";
import { insertSpans, MS, spanIdOf, traceIdOf } from "./support/rows.ts";

let store: TestStore;
let api: TestApi;
let held: Held;

beforeAll(async () => {
  store = await testStore();
  held = await writeHeld(store);
  api = await startApi(store);
});
afterAll(async () => {
  await api?.close();
  await store?.close();
});

const url = (span: string, what: string, trace = held.traceId): string =>
  `/api/v1/traces/${trace}/spans/${span}/${what}`;
const ms = (ledger: Pick<Ledger, "rows">): Record<string, number> =>
  Object.fromEntries(ledger.rows.map((row) => [row.class, Math.round(row.nano / MS)]));

function expectSums(ledger: Ledger): void {
  expect(ledger.rows.reduce((sum, { nano }) => sum + nano, 0)).toBe(ledger.durationNano);
  for (const { nano, low, high, parts } of ledger.rows) {
    expect(low).toBeLessThanOrEqual(nano);
    expect(high).toBeGreaterThanOrEqual(nano);
    if (parts !== undefined) expect(parts.reduce((sum, part) => sum + part.nano, 0)).toBe(nano);
  }
}

describe("ledger of a span", () => {
  test("says what ran, what was waited for, and who held the loop", async () => {
    const { status, body } = await api.get(url(held.cart, "ledger"));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: "ready",
      spanId: held.cart,
      service: "shop",
      instance: shopInstance,
      thread: 0,
      startUnixNano: String(held.t0 + BigInt(2000 * MS)),
      durationNano: 500 * MS,
      coverage: { periodNano: 10_101_010, windows: 1, lostTicks: 0, method: "journal" },
    });
    expectSums(body);
    const { "wait.other": other = 0, ...rest } = ms(body);
    // A recorded start is a whole millisecond: half a one is in doubt at each end.
    expect(rest).toEqual({ "cpu.self": 190, gc: 10, "loop.held": 170, "wait.child": 50 });
    expect(other).toBe(80);
    expect(body.rows[0].top.map((one: { frame: { function: string } }) => one.frame.function).sort()).toEqual(
      ["parseCart", "renderCart"],
    );
    expect(body.blame).toHaveLength(1);
    expect(body.blame[0]).toMatchObject({
      kind: "request",
      endpoint: "POST /export",
      traceId: held.exportTrace,
      spanId: held.exported,
      frame: { function: "buildCsv", file: "src/export.ts", line: 88, package: "shop", kind: "app" },
    });
    expect(body.children).toMatchObject([{ spanId: held.query, kind: "db", remoteNano: 40 * MS }]);
  });

  test("of a trace, runs along its critical path through every service", async () => {
    const { status, body } = await api.get(`/api/v1/traces/${held.traceId}/ledger`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: "ready", spanId: held.cart, durationNano: 500 * MS });
    expectSums(body);
    // The query's other side has no windows.
    expect(ms(body)).toMatchObject({ "cpu.self": 190, gc: 10, "loop.held": 170, unprofiled: 40 });
  });

  test("no window, no rows: the state says why", async () => {
    const late = BigInt(Date.now()) * 1_000_000n - 1_000_000_000n;
    const spans = [
      { name: "pending", start: late, instance: shopInstance },
      { name: "no_agent", start: held.t0, service: "elsewhere" },
      { name: "lost", start: held.t0 + 300_000_000_000n, instance: shopInstance },
      { name: "too_short", start: held.t0 + 5_000_000_000n, instance: shopInstance },
    ];
    await insertSpans(
      store.writer,
      spans.map(({ name, start, service = "shop", instance }) => ({
        traceId: traceIdOf(name),
        spanId: spanIdOf(name),
        service,
        name,
        start,
        durationMs: name === "too_short" ? 3 : 100,
        ...(instance === undefined ? {} : { instance, thread: 0 }),
      })),
    );
    for (const { name } of spans) {
      for (const what of ["ledger", "timeline"]) {
        const { status, body } = await api.get(url(spanIdOf(name), what, traceIdOf(name)));
        expect([status, body.state]).toEqual([200, name]);
        if (what === "ledger") expect(body.rows).toEqual([]);
        expect("retryAfterMs" in body).toBe(name === "pending");
      }
      const { body } = await api.get(`/api/v1/traces/${traceIdOf(name)}/ledger`);
      expect(body).toMatchObject({ state: name, rows: [] });
    }
  });

  test("unknown spans and traces are 404, other parameters 400", async () => {
    for (const what of ["ledger", "timeline", "delayed"]) {
      const unknown = await api.get(url(spanIdOf("nobody"), what));
      expect([unknown.status, unknown.body.code]).toEqual([404, "span_not_found"]);
      const bad = await api.get(url("nobody", what));
      expect([bad.status, bad.body.code]).toEqual([400, "bad_parameter"]);
      const extra = await api.get(`${url(held.cart, what)}?scope=self`);
      expect([extra.status, extra.body.field]).toEqual([400, "scope"]);
    }
    const trace = await api.get(`/api/v1/traces/${traceIdOf("nobody")}/ledger`);
    expect([trace.status, trace.body.code]).toEqual([404, "trace_not_found"]);
    for (const pad of ["-1", "10001", "x"]) {
      const { status, body } = await api.get(`${url(held.cart, "timeline")}?padMs=${pad}`);
      expect([status, body.field]).toEqual([400, "padMs"]);
    }
  });
});

test("the timeline shows the loop around the span", async () => {
  const { body } = (await api.get(`${url(held.cart, "timeline")}?padMs=200`)) as unknown as {
    body: Timeline;
  };
  expect(body.durationNano).toBe(900 * MS);
  const near = (nano: number): number => Math.round(nano / MS);
  // The recorded start is rounded down: half a millisecond on average.
  const t0 = Number(BigInt(body.t0UnixNano) - held.t0) / MS;
  expect(t0).toBeGreaterThanOrEqual(1800);
  expect(t0).toBeLessThan(1801);
  expect(
    body.turns.map(({ start, dur, label, frame }) => [
      near(start + t0 * MS),
      near(dur),
      body.labels[label]?.endpoint,
      frame?.function,
    ]),
  ).toEqual([
    [2000, 100, "GET /cart", "parseCart"],
    [2120, 200, "POST /export", "buildCsv"],
    [2320, 100, "GET /cart", "renderCart"],
    [2500, 2, "GET /cart", undefined],
  ]);
  expect(body.span.reduce((sum, { dur }) => sum + dur, 0)).toBe(500 * MS);
  expect(body.children).toMatchObject([{ spanId: held.query, name: "SELECT carts" }]);
  expect(Math.abs(body.children[0]!.answered! / MS + t0 - 2150)).toBeLessThan(1);
  expect(body.ticks.length).toBeGreaterThan(35);
});

test("a span names those it held up, and as long as they say themselves", async () => {
  const ledger = await api.get(url(held.cart, "ledger"));
  const { nano } = ledger.body.blame[0];
  const { body } = await api.get(url(held.exported, "delayed", held.exportTrace));
  expect(body.delayed).toHaveLength(1);
  expect(body).toMatchObject({
    delayed: [{ traceId: held.traceId, spanId: held.cart, service: "shop", endpoint: "GET /cart", nano }],
    nano,
  });
  expect((await api.get(url(held.cart, "delayed"))).body).toEqual({ delayed: [], nano: 0 });
});

test("a list of traces shows where the time of each went", async () => {
  const { status, body } = await api.get("/api/v1/traces?service=shop&ledger=true&minMs=150&limit=500");
  expect(status).toBe(200);
  expect(violations("traces", body)).toEqual([]);
  const rows = new Map(body.traces.map((row: { traceId: string }) => [row.traceId, row]));
  const cart = rows.get(held.traceId) as { ledger: Ledger["rows"]; durationNano: number };
  expect(cart.ledger.reduce((sum, { nano }) => sum + nano, 0)).toBe(cart.durationNano);
  const whole = await api.get(`/api/v1/traces/${held.traceId}/ledger`);
  expect(cart.ledger.map((row) => [row.class, row.nano])).toEqual(
    (whole.body as Ledger).rows.flatMap((row) => (row.nano > 0 ? [[row.class, row.nano]] : [])),
  );
  expect(rows.has(held.exportTrace)).toBe(true);
  const plain = await api.get("/api/v1/traces?service=shop&minMs=150");
  expect("ledger" in plain.body.traces[0]).toBe(false);
});

test("a trace that nobody sampled has no ledger", async () => {
  const start = held.t0;
  await insertSpans(store.writer, [
    {
      traceId: traceIdOf("alone"),
      spanId: spanIdOf("alone"),
      service: "alone",
      name: "x",
      start,
      durationMs: 70,
    },
  ]);
  const { body } = await api.get("/api/v1/traces?service=alone&ledger=true");
  expect(body.traces).toMatchObject([{ traceId: traceIdOf("alone"), ledger: null }]);
});

describe("loop holds", () => {
  const leaves = (profile: Profile): Record<string, number> =>
    Object.fromEntries(
      profile.nodes.frame.flatMap((frame, i) =>
        profile.nodes.self[i]! > 0
          ? [[profile.frames[frame]!.function, Math.round(profile.nodes.self[i]! / MS)]]
          : [],
      ),
    );

  test("are a profile: the holder's stack, and how long others waited behind it", async () => {
    const { status, body } = await api.get("/api/v1/profiles?type=loop_hold&service=shop");
    expect(status).toBe(200);
    expect(violations("profiles", body)).toEqual([]);
    expect(body).toMatchObject({ type: "loop_hold", unit: "nanoseconds", samples: 1, truncated: false });
    expect(leaves(body)).toEqual({ buildCsv: 200 });
    const other = await api.get("/api/v1/profiles?type=loop_hold&service=shop&endpoint=GET%20/cart");
    expect(other.body.total).toBe(0);
    for (const [what, ms] of [
      ["operation=POST%20/export", 200],
      ["operation=POST%20/export&minMs=150&maxMs=250", 200],
      ["minMs=150", 200],
      ["operation=GET%20/cart", 0],
      ["maxMs=150", 0],
      ["label=tenant:acme", 0],
    ]) {
      const chosen = await api.get(`/api/v1/profiles?type=loop_hold&service=shop&${what}`);
      expect([what, chosen.status, Math.round(chosen.body.total / MS)]).toEqual([what, 200, ms]);
    }
    const top = await api.get("/api/v1/profiles/top?type=loop_hold&service=shop");
    expect(top.body.functions[0]).toMatchObject({ function: "buildCsv" });
    const text = await api.get("/api/v1/profiles?type=loop_hold&service=shop&format=collapsed");
    expect(text.body).toMatch(/^main;postExport;buildCsv \d+\n$/);
    expect((await api.get("/api/v1/profiles?type=loop_hold&service=shop&format=pprof")).status).toBe(200);
  });

  test("over time, lie in the step in which the loop was held", async () => {
    const at = Number(held.t0 / 1_000_000n);
    const path = `/api/v1/profiles/series?type=loop_hold&service=shop&stepMs=1000&from=${at - 60_000}&to=${at + 60_000}`;
    const { status, body } = await api.get(`${path}&groupBy=endpoint&groupBy=version&groupBy=thread`);
    expect([status, violations("series", body)]).toEqual([200, []]);
    expect(body).toMatchObject({ unit: "nanoseconds", truncated: false });
    const step = Math.floor((at + 2120) / 1000) * 1000;
    expect(body.series).toEqual([
      {
        key: { endpoint: "POST /export", version: "1.0.0", thread: "0" },
        points: [[step, expect.any(Number)]],
      },
    ]);
    expect(Math.round(body.series[0].points[0][1] / MS)).toBe(200);
    const none = await api.get(`${path}&endpoint=GET%20/cart`);
    expect(none.body.series).toEqual([]);
  });

  test("of a span, are those it caused", async () => {
    const exported = await api.get(`${url(held.exported, "profile", held.exportTrace)}?type=loop_hold`);
    expect(exported.body.state).toBe("ready");
    expect(leaves(exported.body.profile)).toEqual({ buildCsv: 200 });
    const cart = await api.get(`${url(held.cart, "profile")}?type=loop_hold&scope=subtree`);
    expect(cart.body.profile).toMatchObject({ type: "loop_hold", total: 0 });
  });
});
