import protobuf from "protobufjs";
import type { Any, Attribute, Owner, Span } from "./expected-spans.ts";

/** Of OTLP what spans need (https://github.com/open-telemetry/opentelemetry-proto), for an encoder and decoder that are not ours. */
const source = `
syntax = "proto3";
message TracesData { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; fixed32 flags = 16;
  string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
  repeated Event events = 11; uint32 dropped_events_count = 12;
  repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; uint32 dropped_attributes_count = 5; fixed32 flags = 6; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value {
  string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
`;

const traces = protobuf.parse(source, { keepCase: false }).root.lookupType("TracesData");

/** A message given as OTLP/JSON with hex ids, to protobuf. */
export function encodeTraces(json: object): Uint8Array {
  return traces.encode(traces.fromObject(binaryIds(json) as Record<string, unknown>)).finish();
}

/** protobufjs takes bytes in base64 and knows nothing of OTLP's hex. */
function binaryIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(binaryIds);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      /^(?:trace|span|parentSpan)Id$/.test(key) ? Buffer.from(String(inner), "hex") : binaryIds(inner),
    ]),
  );
}

/** Every span of a protobuf message as OTLP/JSON has it, with its resource and scope. Throws where protobufjs does. */
export function decodeTraces(bytes: Uint8Array): readonly (Owner & { readonly span: Span })[] {
  const options = { longs: String, arrays: true, defaults: true, oneofs: false };
  const { resourceSpans } = traces.toObject(traces.decode(bytes), options) as Message;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        resource: { attributes: attributesOf(resource?.attributes) },
        scope: { name: scope?.name ?? "", version: scope?.version ?? "" },
        span: spanOf(span),
      })),
    ),
  );
}

interface Message {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes: readonly RawAttribute[] } | null;
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name: string; readonly version: string } | null;
      readonly spans: readonly RawSpan[];
    }[];
  }[];
}
interface RawAttribute {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>> | null;
}
type Raw<T> = Omit<T, "traceId" | "spanId" | "attributes"> & {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly attributes: readonly RawAttribute[];
};
type RawSpan = Omit<Raw<Span>, "parentSpanId" | "status" | "events" | "links"> & {
  readonly parentSpanId: Uint8Array;
  readonly status?: Span["status"] | null;
  readonly events: readonly (Omit<Span["events"][number], "attributes"> & Pick<RawSpan, "attributes">)[];
  readonly links: readonly Raw<Span["links"][number]>[];
};

function spanOf(span: RawSpan): Span {
  return {
    ...span,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    status: span.status ?? { code: 0, message: "" },
    attributes: attributesOf(span.attributes),
    events: span.events.map((event) => ({ ...event, attributes: attributesOf(event.attributes) })),
    links: span.links.map((link) => ({
      ...link,
      traceId: hex(link.traceId),
      spanId: hex(link.spanId),
      attributes: attributesOf(link.attributes),
    })),
  };
}

function attributesOf(list: readonly RawAttribute[] = []): readonly Attribute[] {
  return list.map(({ key, value }) => ({ key, value: anyOf(value ?? {}) }));
}

function anyOf(value: Readonly<Record<string, unknown>>): Any {
  const set = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
  // protobufjs keeps all of a oneof that a message sets several of, and not their order.
  if (set.length > 1) throw new Error("a value of two kinds");
  const [kind, one] = set[0] ?? [];
  if (kind === "bytesValue") return { bytesValue: Buffer.from(one as Uint8Array).toString("base64") };
  if (kind === "arrayValue")
    return {
      arrayValue: { values: (one as { values: Readonly<Record<string, unknown>>[] }).values.map(anyOf) },
    };
  if (kind === "kvlistValue")
    return { kvlistValue: { values: attributesOf((one as { values: RawAttribute[] }).values) } };
  return (kind === undefined ? {} : { [kind]: one }) as Any;
}

/** As rows show ids: one of zeros is none. */
function hex(id: Uint8Array): string {
  return id.every((byte) => byte === 0) ? "" : Buffer.from(id).toString("hex");
}
