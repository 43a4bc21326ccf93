// What is asked of every span has columns of its own; a span table that somebody else made has not, and is asked the same.
import { testStore, type TestStore } from "@hotspan/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FOREIGN, OWN } from "../src/db/span-columns.ts";
import { startApi } from "./support/api.ts";
import { insertSpans, spanIdOf, traceIdOf } from "./support/rows.ts";
import { writeTraffic } from "./support/traffic.ts";

let store: TestStore;
let t0: bigint;
const instance = "e".repeat(32);

beforeAll(async () => {
  store = await testStore();
  t0 = BigInt(Math.floor(Date.now() / 10_000) * 10 - 3000) * 1_000_000_000n;
  await writeTraffic(store, { service: "cart", instance, version: "1.0.0", t0, windows: 12, slow: 3 });
});
afterAll(async () => {
  await store?.close();
});

async function rootCause(): Promise<Uint8Array> {
  const api = await startApi(store);
  try {
    const { status, bytes } = await api.post("/api/v1/root-cause", {
      service: "cart",
      endpoint: "GET /cart",
      slow: { minMs: 200 },
      baseline: { maxMs: 200 },
    });
    expect(status).toBe(200);
    return bytes;
  } finally {
    await api.close();
  }
}

test("they say what the attributes do", async () => {
  const odd: [string, string, Record<string, string>][] = [
    ["Server", "GET", { "http.route": "/a", "http.method": "GET" }],
    ["Server", "GET", { "http.route": "/a", "http.method": "GET", "http.request.method": "POST" }],
    ["Client", "GET", { "http.route": "/b" }],
    ["Server", "call", { "rpc.service": "carts", "rpc.method": "get" }],
    ["Client", "call", { "rpc.service": "carts" }],
    ["Consumer", "orders process", {}],
    ["Internal", "render", {}],
  ];
  await insertSpans(
    store.writer,
    odd.map(([kind, name, attributes], i) => ({
      traceId: traceIdOf(`odd${i}`),
      spanId: spanIdOf(`odd${i}`),
      service: "odd",
      name,
      kind,
      start: t0,
      durationMs: 1,
      attributes,
      ...(i % 2 === 0 ? { instance, thread: i } : {}),
    })),
  );
  const rows = await store.rows<{ HotspanEndpoint: string; HotspanInstance: string; HotspanThread: string }>(
    "SELECT HotspanEndpoint, HotspanInstance, HotspanThread FROM otel_traces WHERE ServiceName = 'odd' ORDER BY Timestamp, TraceId",
  );
  expect(rows.map((row) => row.HotspanEndpoint).sort()).toEqual(
    ["", "", "/b", "GET /a", "POST /a", "carts/get", "orders process"].sort(),
  );
  expect(new Set(rows.map((row) => `${row.HotspanInstance} ${row.HotspanThread}`))).toEqual(
    new Set([" ", ...[0, 2, 4, 6].map((thread) => `${instance} ${thread}`)]),
  );
});

test("what tells services and processes apart is the same from columns and from attributes", async () => {
  const odd: Record<string, string>[] = [
    { "service.version": "1", "deployment.environment.name": "prod", "deployment.environment": "old" },
    { "deployment.environment": "old", "cloud.availability_zone": "eu-1" },
    { "service.instance.id": "pod-1", "host.name": "h" },
    { "host.name": "h", "process.pid": "7" },
    { "host.name": "h" },
    {},
  ];
  await insertSpans(
    store.writer,
    odd.map((resource, i) => ({
      traceId: traceIdOf(`apart${i}`),
      spanId: spanIdOf(`apart${i}`),
      service: "apart",
      name: "job",
      start: t0,
      durationMs: 1,
      resource,
      ...(i === 0 ? { instance } : {}),
    })),
  );
  const names = ["environment", "process", "version", "zone"] as const;
  const read = (words: typeof OWN): Promise<readonly Record<string, string>[]> =>
    store.rows(
      `SELECT ${names.map((name) => `${words[name].text} AS ${name}`).join(", ")} FROM otel_traces
        WHERE ServiceName = 'apart' ORDER BY ${names.join(", ")}`,
    );
  const rows = await read(OWN);
  expect(rows).toEqual(await read(FOREIGN));
  expect(new Set(rows.map(({ process }) => process))).toEqual(
    new Set(["", "host h ", "host h 7", "id pod-1", instance]),
  );
  expect(new Set(rows.map(({ environment }) => environment))).toEqual(new Set(["", "old", "prod"]));
});

async function answers(): Promise<unknown[]> {
  const spans = await store.rows<{ trace: string; span: string }>(
    "SELECT TraceId AS trace, SpanId AS span FROM otel_traces WHERE ServiceName = 'cart' ORDER BY SpanId LIMIT 12",
  );
  const api = await startApi(store);
  try {
    const paths = spans.flatMap(({ trace, span }) => [
      `/api/v1/traces/${trace}/spans/${span}/ledger`,
      `/api/v1/traces/${trace}/spans/${span}/timeline`,
      `/api/v1/traces/${trace}/spans/${span}/profile`,
      `/api/v1/traces/${trace}/spans/${span}/profile?scope=subtree`,
      `/api/v1/traces/${trace}/profile`,
      `/api/v1/traces/${trace}/ledger`,
    ]);
    return await Promise.all(paths.map(async (path) => (await api.get(path)).body));
  } finally {
    await api.close();
  }
}

test("without them a root cause, ledgers and profiles are the same", async () => {
  const own = await rootCause();
  const before = await answers();
  expect(before[0]).toMatchObject({ state: "ready" });
  for (const projection of ["of_trace", "traces", "services"])
    await store.alter(`ALTER TABLE otel_traces DROP PROJECTION ${projection}`);
  const names = ["Endpoint", "Environment", "Instance", "Keys", "Process", "Thread", "Version", "Zone"];
  const columns = `ALTER TABLE otel_traces ${names.map((name) => `DROP COLUMN Hotspan${name}`).join(", ")}`;
  if (store.shards.length > 1) await store.writer.command({ query: columns });
  await store.alter(columns);
  expect(await rootCause()).toEqual(own);
  expect(await answers()).toEqual(before);
});
