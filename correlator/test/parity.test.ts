import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Row, rowsOf } from "./support/rows.ts";
import { type Child, eventually, startChild, startWorld, type World } from "./support/world.ts";

// Spans that come straight from an SDK lie in the table as if a Collector had written them there. The rows of `node-sdk-svc` are
// what the Collector's ClickHouse exporter wrote of the spans made here, when the same SDK had sent them to it.

const fixture = join(import.meta.dirname, "../src/decode/fixtures/otel_traces.jsonl");
const recorded = readFileSync(fixture, "utf8")
  .trim()
  .split("\n")
  .filter((line) => line.includes("node-sdk-svc"))
  .map((line) => JSON.parse(line) as Row);
const traceId = "cccccccccccccccccccccccccccccccc";
const rootId = "117b171aa2d5c530";
const childId = "a0706427fea44df8";
const recordedSecond = Date.UTC(2026, 10, 23, 1, 54, 18) / 1000;

let world: World;
let child: Child;
beforeAll(async () => {
  world = await startWorld();
  child = await startChild(world);
  await eventually("ready", async () => (await fetch(`${child.url}/readyz`)).status === 200);
});
afterAll(async () => {
  await child?.kill("SIGTERM");
  await world?.close();
});

test.each([
  ["protobuf", (url: string): SpanExporter => new ProtobufExporter({ url })],
  ["JSON", (url: string): SpanExporter => new JsonExporter({ url })],
])(
  "spans that an SDK sends in %s are the rows that a Collector makes of them, column by column",
  async (format, exporter) => {
    const second = Math.floor(Date.now() / 1000) - 60;
    const service = `sdk-${format}`;
    await send(exporter(`${child.url}/v1/traces`), second, service);
    const where = `FROM otel_traces WHERE ServiceName = '${service}'`;
    await eventually("both", async () => (await world.count(`SELECT count() ${where}`)) === 2);
    const columns = Object.keys(recorded[0] as object).map((name) => `\`${name}\``);
    const stored = await rowsOf(world, `SELECT ${columns.join(", ")} ${where}`);
    expect(recorded.length).toBe(2);
    for (const row of recorded) {
      const ours = stored.find((one) => one["SpanId"] === row["SpanId"]);
      // Sent at another time, by a service that tells it from the other format.
      expect(ours).toEqual({
        ...row,
        ServiceName: service,
        // JSON has no NaN, and the SDK writes null for it.
        SpanAttributes: Object.fromEntries(
          Object.entries(row["SpanAttributes"] as object).map(([key, value]) => [
            key,
            format === "JSON" && value === "NaN" ? "" : value,
          ]),
        ),
        ResourceAttributes: { ...(row["ResourceAttributes"] as object), "service.name": service },
        Timestamp: later(String(row["Timestamp"]), second),
        "Events.Timestamp": (row["Events.Timestamp"] as string[]).map((time) => later(time, second)),
      });
    }
  },
);

/** The same fraction of another second. */
function later(time: string, second: number): string {
  const [date = "", fraction = ""] = time.split(".");
  const shifted = Date.parse(`${date}Z`) / 1000 - recordedSecond + second;
  return `${new Date(shifted * 1000).toISOString().slice(0, 19).replace("T", " ")}.${fraction}`;
}

async function send(exporter: SpanExporter, second: number, service: string): Promise<void> {
  const ids = [rootId, childId];
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": service,
      "service.version": "9.9",
      "process.pid": 29_803,
      arr: ["a", "b"],
    }),
    idGenerator: { generateTraceId: () => traceId, generateSpanId: () => ids.shift() ?? "" },
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("sdk-scope", "1.0");
  const remote = { traceId, spanId: "d".repeat(16), traceFlags: 1, isRemote: true };
  const at = (nanos: number): [number, number] => [second, 89_000_000 + nanos];
  const root = tracer.startSpan(
    "sdk root",
    { kind: SpanKind.SERVER, startTime: at(0) },
    trace.setSpanContext(ROOT_CONTEXT, remote),
  );
  root.setAttributes({
    s: "é",
    i: 1,
    neg: -1,
    big: 2 ** 53,
    huge: 1e20,
    d: 1.5,
    "whole-double": 2,
    nan: Number.NaN,
    b: true,
    a: ["x", "y"],
    an: [1, 2.5],
    ab: [true, false],
    empty: [],
    mixednull: ["x", null, "y"],
  });
  root.setStatus({ code: SpanStatusCode.OK });
  const inner = tracer.startSpan(
    "sdk child",
    {
      kind: SpanKind.CLIENT,
      startTime: at(0),
      links: [{ context: root.spanContext(), attributes: { k: 1 } }],
    },
    trace.setSpan(ROOT_CONTEXT, root),
  );
  inner.addEvent("ev", { n: 1 }, at(166_528));
  const exception = (recorded[0]?.["Events.Attributes"] as Record<string, string>[] | undefined)?.[1];
  inner.addEvent("exception", exception, at(555_797));
  inner.setStatus({ code: SpanStatusCode.ERROR, message: "bad" });
  inner.end(at(649_346));
  root.end(at(1_510_988));
  await provider.forceFlush();
  await provider.shutdown();
}
