// One small story with figures that can be checked by hand. All samples stand for 10 ms wall.
import type { TestStore } from "@hotspan/store/testing";
import {
  insertInstances,
  insertSamples,
  insertSpans,
  insertWindows,
  MS,
  type SampleRow,
  type SpanRow,
  spanIdOf,
  traceIdOf,
} from "./rows.ts";

export const webInstance = "a".repeat(32);
export const cartInstance = "b".repeat(32);

export interface Story {
  /** Unix ns: half an hour ago. */
  readonly t0: bigint;
  readonly traceId: string;
  readonly root: string;
  readonly render: string;
  readonly call: string;
  readonly items: string;
}

const app = (name: string): string => `${name}@src/${name}.ts:10|web|app`;
const main = app("main");
const express = "next@node_modules/express/lib/router.js:280|express|dependency";

/**
 * web GET /cart 100 ms: 3 own samples, render 4 (2 of them in JSON.parse), call 0; cart GET /items 2 on another process.
 * CPU: half the wall time, but nothing in `wait`.
 */
export async function writeStory(store: TestStore): Promise<Story> {
  const t0 = BigInt(Math.floor(Date.now() / 1000) - 1800) * 1_000_000_000n;
  const traceId = traceIdOf("story");
  const [root, render, call, items] = ["root", "render", "call", "items"].map(spanIdOf) as [
    string,
    string,
    string,
    string,
  ];
  const ms = (n: number): bigint => t0 + BigInt(n) * BigInt(MS);
  const web = { service: "web", instance: webInstance, thread: 0, traceId };
  const webResource = {
    "service.version": "1.2.0",
    "deployment.environment.name": "prod",
    "host.name": "web-1",
    "process.pid": "11",
  };
  const spans: SpanRow[] = [
    {
      ...web,
      spanId: root,
      name: "GET /cart",
      kind: "Server",
      start: ms(0),
      durationMs: 100,
      status: "Error",
      attributes: { "http.request.method": "GET", "http.route": "/cart", "user.tier": "gold" },
      resource: webResource,
    },
    {
      ...web,
      spanId: call,
      parent: root,
      name: "GET",
      kind: "Client",
      start: ms(10),
      durationMs: 30,
      resource: webResource,
    },
    {
      ...web,
      spanId: render,
      parent: root,
      name: "render",
      start: ms(50),
      durationMs: 40,
      resource: webResource,
    },
    {
      traceId,
      spanId: items,
      parent: call,
      service: "cart",
      name: "GET /items",
      kind: "Server",
      start: ms(12),
      durationMs: 26,
      instance: cartInstance,
      thread: 0,
      attributes: { "http.request.method": "GET", "http.route": "/items" },
    },
  ];
  const sample = (spanId: string, at: number, stack: readonly string[], cpu = 5): SampleRow => ({
    ...web,
    endpoint: "GET /cart",
    spanId,
    at: ms(at),
    stack,
    wall: 10 * MS,
    cpu: cpu * MS,
  });
  const parse = "JSON.parse@node:internal/json:1|v8|v8";
  const samples: SampleRow[] = [
    sample(root, 2, [main, express, app("handler")]),
    sample(root, 6, [main, express, app("handler")]),
    sample(root, 45, [main, express, app("wait")], 0),
    sample(render, 55, [main, express, app("render"), parse]),
    sample(render, 65, [main, express, app("render"), parse]),
    sample(render, 75, [main, express, app("render")]),
    sample(render, 85, [main, express, app("render"), app("escape")]),
    ...[15, 25].map(
      (at): SampleRow => ({
        service: "cart",
        instance: cartInstance,
        thread: 0,
        endpoint: "GET /items",
        traceId,
        spanId: items,
        at: ms(at),
        stack: ["main@src/cart.ts:1|cart|app", "load@src/cart.ts:20|cart|app"],
        wall: 10 * MS,
        cpu: 10 * MS,
      }),
    ),
    // Work of the same process outside any span.
    {
      service: "web",
      instance: webInstance,
      thread: 0,
      at: ms(200),
      stack: [main, app("idleWork")],
      wall: 10 * MS,
      cpu: 5 * MS,
    },
    {
      service: "web",
      type: "heap_inuse",
      instance: webInstance,
      thread: 0,
      at: ms(300),
      stack: [main, app("cache")],
      wall: 4096,
      cpu: 0,
    },
  ];
  await insertSpans(store.writer, spans);
  // The Collector may deliver a batch twice.
  await insertSpans(
    store.writer,
    spans.slice(0, 2).map((span) => ({ ...span, attributes: { ...span.attributes } })),
  );
  await insertSamples(store.writer, samples);
  await insertWindows(store.writer, [
    {
      service: "web",
      instance: webInstance,
      seq: 0,
      start: t0 - 5_000_000_000n,
      labels: [{ traceId, spanId: render, user: { tenant: "acme" } }],
    },
    { service: "web", instance: webInstance, seq: 1, start: t0 + 5_000_000_000n },
    { service: "cart", instance: cartInstance, seq: 0, start: t0 - 5_000_000_000n },
    { service: "cart", instance: cartInstance, seq: 1, start: t0 + 5_000_000_000n },
  ]);
  await insertInstances(store.writer, [
    {
      service: "web",
      instance: webInstance,
      seen: t0 + 10_000_000_000n,
      version: "1.2.0",
      environment: "prod",
      zone: "eu-1",
      host: "web-1",
      pid: 11,
    },
    {
      service: "cart",
      instance: cartInstance,
      seen: t0 + 10_000_000_000n,
      version: "3.0.0",
      environment: "prod",
      zone: "eu-2",
      host: "cart-1",
      pid: 1,
    },
  ]);
  return { t0, traceId, root, render, call, items };
}
