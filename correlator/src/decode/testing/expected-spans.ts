import type { Row } from "./rows.ts";

/** An AnyValue in OTLP/JSON; empty: unset. */
export type Any =
  | Readonly<Record<string, never>>
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly bytesValue: string }
  | { readonly arrayValue: { readonly values: readonly Any[] } }
  | { readonly kvlistValue: { readonly values: readonly Attribute[] } };
export interface Attribute {
  readonly key: string;
  readonly value: Any;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number; readonly message: string };
  readonly events: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly Attribute[];
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly traceState: string;
    readonly attributes: readonly Attribute[];
  }[];
}

export interface Owner {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scope: { readonly name: string; readonly version: string };
}

export const kinds: readonly string[] = [
  "Unspecified",
  "Internal",
  "Server",
  "Client",
  "Producer",
  "Consumer",
];
export const codes: readonly string[] = ["Unset", "Ok", "Error"];

/** What the Collector's exporter makes of a value; inside arrays and maps as a part of JSON. */
function shown(value: Any, inside: boolean): string {
  if ("stringValue" in value) return inside ? quoted(value.stringValue) : value.stringValue;
  if ("boolValue" in value) return String(value.boolValue);
  if ("intValue" in value) return value.intValue;
  if ("doubleValue" in value) {
    const written = Object.is(value.doubleValue, -0) ? "-0" : String(value.doubleValue);
    return inside && !Number.isFinite(value.doubleValue) ? `"${written}"` : written;
  }
  if ("bytesValue" in value) return inside ? `"${value.bytesValue}"` : value.bytesValue;
  if ("arrayValue" in value) return `[${value.arrayValue.values.map((one) => shown(one, true)).join(",")}]`;
  if (!("kvlistValue" in value)) return inside ? "null" : "";
  const last = new Map(value.kvlistValue.values.map((entry) => [entry.key, shown(entry.value, true)]));
  return `{${[...last.keys()]
    .sort()
    .map((key) => `${quoted(key)}:${last.get(key) ?? ""}`)
    .join(",")}}`;
}

function quoted(value: string): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** Sorted by key; of equal keys the later first. */
function cells(list: readonly Attribute[]): (readonly [string, string])[] {
  return list
    .map(({ key, value }, at) => ({ key, at, text: shown(value, false) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : b.at - a.at))
    .map((entry) => [entry.key, entry.text] as const);
}

/** The row of `otel_traces` that a span is, told from the span alone. */
export function expectedRow(one: Span, { resource, scope }: Owner): Row {
  const service = resource.attributes.find(({ key }) => key === "service.name");
  return {
    ServiceName: service === undefined ? "" : shown(service.value, false),
    ResourceAttributes: cells(resource.attributes),
    ScopeName: scope.name,
    ScopeVersion: scope.version,
    Timestamp: BigInt(one.startTimeUnixNano),
    TraceId: one.traceId,
    SpanId: one.spanId,
    ParentSpanId: one.parentSpanId,
    TraceState: one.traceState,
    SpanName: one.name,
    SpanKind: kinds[one.kind] ?? "",
    SpanAttributes: cells(one.attributes),
    Duration: BigInt.asUintN(64, BigInt(one.endTimeUnixNano) - BigInt(one.startTimeUnixNano)),
    StatusCode: codes[one.status.code] ?? "",
    StatusMessage: one.status.message,
    // As the Collector's exporter has it: 64 bits, signed.
    "Events.Timestamp": one.events.map((event) => BigInt.asIntN(64, BigInt(event.timeUnixNano))),
    "Events.Name": one.events.map((event) => event.name),
    "Events.Attributes": one.events.map((event) => cells(event.attributes)),
    "Links.TraceId": one.links.map((link) => link.traceId),
    "Links.SpanId": one.links.map((link) => link.spanId),
    "Links.TraceState": one.links.map((link) => link.traceState),
    "Links.Attributes": one.links.map((link) => cells(link.attributes)),
  };
}
