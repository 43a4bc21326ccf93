// Two minutes of one endpoint: fast requests, and slow ones with known causes.
import type { TestStore } from "@hotspan/store/testing";
import { type Label, loopWindow, type Turn } from "./loop.ts";
import { csvStack, parseStack, renderStack } from "./held.ts";
import {
  insertInstances,
  insertSpans,
  insertStacks,
  insertWindows,
  MS,
  type SpanRow,
  spanIdOf,
  traceIdOf,
} from "./rows.ts";

export interface TrafficOptions {
  readonly service: string;
  /** 32 hex digits. */
  readonly instance: string;
  readonly version: string;
  /** Unix ns. */
  readonly t0: bigint;
  readonly windows: number;
  /** Requests of a second each; `slow` of them in a window of ten. */
  readonly slow: number;
}

/**
 * One request a second. Fast: 80 ms, of these 20 parse, 50 wait for a query, 10 render. Slow: 500 ms, of these 220 parse, 50 wait for
 * the query, 200 are held by `POST /export`, 10 render, 20 wait for nothing known; these carry `cart.items` = 5000. Each is a few
 * ms longer or shorter in its parsing.
 */
export async function writeTraffic(store: TestStore, options: TrafficOptions): Promise<void> {
  const { service, instance, version, t0 } = options;
  const spans: SpanRow[] = [];
  const windows = [];
  const process = {
    service,
    instance,
    thread: 0,
    resource: { "host.name": "h-1", "process.pid": "9", "service.version": version },
  };
  for (let w = 0; w < options.windows; w++) {
    const start = t0 + BigInt(w) * 10_000_000_000n;
    const turns: Turn[] = [];
    for (let r = 0; r < 10; r++) {
      const name = `${service}${version}${w}.${r}`;
      const slow = r < options.slow;
      const traceId = traceIdOf(name);
      const root = spanIdOf(name.slice(-8));
      const at = r * 1000 + 100;
      const jitter = ((w * 7 + r * 3) % 11) - 5;
      const parse = (slow ? 220 : 20) + jitter;
      const query = at + parse;
      const label: Label = { traceId, spanId: root, localRootId: root, endpoint: "GET /cart" };
      const answered = query + 50;
      const resumed = slow ? answered + 200 : answered;
      turns.push({ at, ms: parse, label, stack: parseStack });
      if (slow) {
        const exported = traceIdOf(`e${name}`);
        const other: Label = {
          traceId: exported,
          spanId: spanIdOf(`e${name.slice(-7)}`),
          endpoint: "POST /export",
        };
        turns.push({ at: query + 40, ms: 210, label: other, stack: csvStack });
      }
      turns.push({ at: resumed, ms: 10, label, stack: renderStack });
      const end = resumed + 10 + (slow ? 20 : 0);
      if (slow) turns.push({ at: end, ms: 1.5, label, stack: renderStack });
      const ms = (n: number): bigint => start + BigInt(Math.round(n * MS));
      spans.push({
        ...process,
        traceId,
        spanId: root,
        name: "GET /cart",
        kind: "Server",
        start: ms(at),
        durationMs: end - at,
        attributes: {
          "http.request.method": "GET",
          "http.route": "/cart",
          "cart.items": slow ? "5000" : "3",
        },
      });
      const child = spanIdOf(`q${name.slice(-7)}`);
      spans.push({
        ...process,
        traceId,
        spanId: child,
        parent: root,
        name: "SELECT carts",
        kind: "Client",
        start: ms(query),
        durationMs: resumed - query,
        attributes: { "db.system.name": "postgresql" },
      });
    }
    windows.push(loopWindow({ service, instance, seq: w, start }, turns));
  }
  await insertSpans(store.writer, spans);
  await insertWindows(
    store.writer,
    windows.map((window) => ({
      ...window,
      columns: { ...window.columns, ServiceVersion: version },
    })),
  );
  await insertStacks(
    store.writer,
    [parseStack, renderStack, csvStack].map((stack) => ({ service, stack, at: t0 })),
  );
  await insertInstances(store.writer, [
    { service, instance, seen: t0 + 3_600_000_000_000n, version, host: "h-1", pid: 9 },
  ]);
}
