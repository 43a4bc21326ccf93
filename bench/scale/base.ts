// Ten minutes of the simulated services, through the correlator's own encoder into a database of their own.
import { BatchBuilder } from "@hotspan/correlator/decode";
import {
  createStoreClient,
  type EmbeddedStore,
  insertRows,
  prepareDatabase,
  quoteIdentifier,
} from "@hotspan/store";
import { encodeWindow } from "@hotspan/wire";
import { type SimulatedSpan, simulate } from "./loop.ts";
import { instanceOf, resourceOf, windowsOf } from "./windows.ts";

export const BASE_MS = 600_000;
const WINDOWS_AT_ONCE = 150;
const SPANS_AT_ONCE = 5_000;
/** The last requests have time to end before the ten minutes do. */
const DRAIN_MS = 12_000;

export async function writeBase(store: EmbeddedStore, database: string, startMs: number): Promise<void> {
  const admin = createStoreClient({ url: store.httpUrl, ...store.writer, database: store.database });
  await admin.command({ query: `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(database)}` });
  await admin.close();
  const address = { url: store.httpUrl, ...store.writer, database };
  const client = createStoreClient({ ...address, requestTimeoutMs: 300_000 });
  // Longer than samples are kept by default: they may be as old as the first day of a store.
  await prepareDatabase(address, { retention: { samples: 30 }, tracesTable: undefined });
  let offset = 0n;
  const meta = (timestampMs: number) => ({
    source: "http/scale/base/0",
    offset: offset++,
    timestampMs,
    headers: {},
  });
  const put = async (builder: BatchBuilder): Promise<void> => {
    const { blocks, deadLetters } = builder.finish();
    if (deadLetters.length > 0) throw new Error(`Not read: ${deadLetters[0]?.detail}`);
    for (const block of blocks) await insertRows(client, block);
  };

  const { threads, spans } = simulate(1, BASE_MS - DRAIN_MS);
  const windows = threads.flatMap((thread, i) => windowsOf(thread, startMs, BASE_MS, i + 1));
  let batch = 1n;
  for (let at = 0; at < windows.length; at += WINDOWS_AT_ONCE) {
    const builder = new BatchBuilder(batch++);
    await Promise.all(
      windows
        .slice(at, at + WINDOWS_AT_ONCE)
        .map((window) =>
          builder.addWindow(
            meta(Number(window.header.end.epochNanos / 1_000_000n) + 1000),
            encodeWindow(window),
          ),
        ),
    );
    await put(builder);
  }
  for (let at = 0; at < spans.length; at += SPANS_AT_ONCE) {
    const builder = new BatchBuilder(batch++);
    const body = otlp(spans.slice(at, at + SPANS_AT_ONCE), startMs);
    builder.addSpans(meta(startMs + BASE_MS), Buffer.from(JSON.stringify(body)), "application/json");
    await put(builder);
  }
  await client.close();
}

const KINDS = { internal: 1, server: 2, client: 3, consumer: 5 } as const;

function otlp(spans: readonly SimulatedSpan[], startMs: number): unknown {
  const attributes = (of: Readonly<Record<string, string>>): unknown =>
    Object.entries(of).map(([key, value]) => ({ key, value: { stringValue: value } }));
  return {
    resourceSpans: [...Map.groupBy(spans, ({ thread }) => thread)].map(([thread, list]) => ({
      resource: { attributes: attributes(resourceOf(thread)) },
      scopeSpans: [
        {
          scope: { name: "scale" },
          spans: list.map((span) => {
            // As OpenTelemetry in JavaScript has it: starts are whole milliseconds, durations exact.
            const start = BigInt(startMs + Math.floor(span.start)) * 1_000_000n;
            return {
              traceId: span.traceId,
              spanId: span.spanId,
              parentSpanId: span.parentSpanId,
              name: span.name,
              kind: KINDS[span.kind],
              startTimeUnixNano: String(start),
              endTimeUnixNano: String(start + BigInt(Math.round((span.end - span.start) * 1e6))),
              attributes: attributes({
                ...span.attributes,
                "hotspan.instance": instanceOf(thread),
                "thread.id": "0",
              }),
            };
          }),
        },
      ],
    })),
  };
}
