// The little of OTLP/JSON that OpenTelemetry's own exporter writes and a ledger needs.
import type { CorpusSpan } from "./corpus.ts";

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
type Attributes = readonly { readonly key: string; readonly value: Value }[];
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: Attributes;
}
export interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;

export function spansOf({ resourceSpans }: OtlpTraces): CorpusSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = record(resource?.attributes)["service.name"] ?? "unknown_service";
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(span, service)));
  });
}

function spanOf(span: OtlpSpan, service: string): CorpusSpan {
  const attributes = record(span.attributes);
  const { "hotspan.instance": instance, "thread.id": thread } = attributes;
  const start = BigInt(span.startTimeUnixNano);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === undefined || span.parentSpanId === "" ? null : span.parentSpanId,
    service,
    instance: instance ?? null,
    thread: thread === undefined ? null : Number(thread),
    name: span.name,
    kind: KINDS[span.kind] ?? "unspecified",
    endpoint: endpointOf(attributes),
    startUnixNano: start,
    durationNano: Number(BigInt(span.endTimeUnixNano) - start),
    attributes,
  };
}

function endpointOf(attributes: Readonly<Record<string, string>>): string | null {
  const { "http.request.method": method, "http.route": route } = attributes;
  return method === undefined || route === undefined ? null : `${method} ${route}`;
}

function record(attributes: Attributes = []): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      String(value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? ""),
    ]),
  );
}
