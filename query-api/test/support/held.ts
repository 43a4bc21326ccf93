// Two requests on one loop: `GET /cart` waits for a query while `POST /export` holds the loop.
import type { TestStore } from "@hotspan/store/testing";
import { type Label, loopWindow } from "./loop.ts";
import {
  insertEvents,
  insertInstances,
  insertSpans,
  insertStacks,
  insertWindows,
  MS,
  type SpanRow,
  spanIdOf,
  traceIdOf,
} from "./rows.ts";

export const shopInstance = "c".repeat(32);
export const dbInstance = "d".repeat(32);

export interface Held {
  /** Unix ns: half an hour ago. */
  readonly t0: bigint;
  readonly traceId: string;
  readonly exportTrace: string;
  readonly cart: string;
  readonly query: string;
  readonly exported: string;
}

export const parseStack: readonly string[] = [
  "main",
  "getCart@src/cart.ts:4|shop|app",
  "parseCart@src/cart.ts:20|shop|app",
];
export const renderStack: readonly string[] = [
  "main",
  "getCart@src/cart.ts:4|shop|app",
  "renderCart@src/render.ts:7|shop|app",
];
export const csvStack: readonly string[] = [
  "main",
  "postExport@src/export.ts:3|shop|app",
  "buildCsv@src/export.ts:88|shop|app",
];

/**
 * cart, 500 ms from second 2: parses 100 ms, 10 of them collecting garbage, queries; the answer is there after 50 ms, but the export runs from 120 to 320 ms; then
 * renders 100 ms, and waits 80 ms for nothing that is known. So: own code 190 ms, GC 10, held 170, waited for the query 50, for else 80.
 */
export async function writeHeld(store: TestStore): Promise<Held> {
  const t0 = BigInt(Math.floor(Date.now() / 1000) - 1800) * 1_000_000_000n;
  const traceId = traceIdOf("held");
  const exportTrace = traceIdOf("export");
  const [cart, query, answer, exported] = ["cart", "query", "answer", "exported"].map(spanIdOf) as [
    string,
    string,
    string,
    string,
  ];
  const ms = (n: number): bigint => t0 + BigInt(Math.round(n * MS));
  const shop = {
    service: "shop",
    instance: shopInstance,
    thread: 0,
    resource: { "host.name": "shop-1", "process.pid": "7", "service.version": "1.0.0" },
  };
  const spans: SpanRow[] = [
    {
      ...shop,
      traceId,
      spanId: cart,
      name: "GET /cart",
      kind: "Server",
      start: ms(2000),
      durationMs: 500,
      attributes: { "http.request.method": "GET", "http.route": "/cart" },
    },
    {
      ...shop,
      traceId,
      spanId: query,
      parent: cart,
      name: "SELECT carts",
      kind: "Client",
      start: ms(2100),
      durationMs: 220,
      attributes: { "db.system.name": "postgresql" },
    },
    {
      traceId,
      spanId: answer,
      parent: query,
      service: "carts-db",
      name: "SELECT",
      kind: "Server",
      start: ms(2110),
      durationMs: 40,
      instance: dbInstance,
      thread: 0,
      resource: { "host.name": "shop-1", "process.pid": "8" },
    },
    {
      ...shop,
      traceId: exportTrace,
      spanId: exported,
      name: "POST /export",
      kind: "Server",
      start: ms(2120),
      durationMs: 198,
      attributes: { "http.request.method": "POST", "http.route": "/export" },
    },
  ];
  await insertSpans(store.writer, spans);
  const label: Label = { traceId, spanId: cart, localRootId: cart, endpoint: "GET /cart" };
  const other: Label = {
    traceId: exportTrace,
    spanId: exported,
    localRootId: exported,
    endpoint: "POST /export",
  };
  const thread = { service: "shop", instance: shopInstance };
  await insertWindows(store.writer, [
    loopWindow({ ...thread, seq: 0, start: t0 - 10_000_000_000n }, []),
    loopWindow({ ...thread, seq: 1, start: t0 }, [
      { at: 2000, ms: 100, label, stack: parseStack },
      { at: 2120, ms: 200, label: other, stack: csvStack },
      { at: 2320, ms: 100, label, stack: renderStack },
      { at: 2500, ms: 2, label, stack: renderStack },
    ]),
    loopWindow({ ...thread, seq: 2, start: t0 + 10_000_000_000n }, []),
  ]);
  await insertEvents(store.writer, [
    { service: "shop", instance: shopInstance, at: ms(2030), kind: "gc_major", durationMs: 10 },
  ]);
  await insertStacks(
    store.writer,
    [parseStack, renderStack, csvStack].map((stack) => ({ service: "shop", stack, at: t0 })),
  );
  await insertInstances(store.writer, [
    {
      service: "shop",
      instance: shopInstance,
      seen: t0 + 20_000_000_000n,
      version: "1.0.0",
      host: "shop-1",
      pid: 7,
    },
  ]);
  return { t0, traceId, exportTrace, cart, query, exported };
}
