// What the two attributes the agent puts on each span cost in an exporter: CPU and bytes of OTLP, with and without them, in turns.
// node --conditions=hotspan-source bench/span-attributes.ts
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

/** As many as a `BatchSpanProcessor` exports at once. */
const SPANS = 512;
const ROUNDS = 300;
/** Before V8 has compiled it. */
const WARM_UP = 60;

function spansOf(attributes: Readonly<Record<string, string | number>>): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer("bench");
  for (let i = 0; i < SPANS; i++) {
    const span = tracer.startSpan("GET /cart", {
      attributes: {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/cart",
        "network.protocol.version": "1.1",
        "server.address": "localhost",
        "server.port": 8080,
        "url.path": `/cart/${i}`,
        "user_agent.original": "curl/8",
      },
    });
    span.setAttributes(attributes);
    span.end();
  }
  return exporter.getFinishedSpans();
}

const without = spansOf({});
const both = spansOf({ "hotspan.instance": "0123456789abcdef0123456789abcdef", "thread.id": 0 });

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function measure(serialize: (spans: ReadableSpan[]) => Uint8Array | undefined): Record<string, number> {
  const micros = { without: [] as number[], both: [] as number[] };
  const bytes = { without: 0, both: 0 };
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, spans] of [
      ["without", without],
      ["both", both],
    ] as const) {
      const start = process.threadCpuUsage();
      bytes[name] = (serialize(spans)?.length ?? 0) / SPANS;
      const { user, system } = process.threadCpuUsage(start);
      if (round >= WARM_UP) micros[name].push((user + system) / SPANS);
    }
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  return {
    microsWithout: rounded(median(micros.without)),
    micros: rounded(median(micros.both)),
    bytesWithout: Math.round(bytes.without),
    bytes: Math.round(bytes.both),
  };
}

const result = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model,
  perSpan: {
    protobuf: measure((spans) => ProtobufTraceSerializer.serializeRequest(spans)),
    json: measure((spans) => JsonTraceSerializer.serializeRequest(spans)),
  },
};
console.log(JSON.stringify(result, null, 2));
writeFileSync(
  new URL("results/span-attributes.json", import.meta.url),
  `${JSON.stringify(result, null, 2)}\n`,
);
