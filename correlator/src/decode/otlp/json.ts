import { bad, either, integer, type Json, object, objects, optional, parse, text } from "./json-fields.ts";
import { serviceOf } from "./protobuf.ts";
import { type Attributes, idText, newSpan, spanKind, statusCode } from "./span.ts";
import type { Span, SpanEvent, SpanLink, SpanVisitor } from "./span.ts";
import { arrayJson, checkDepth, doubleJson, doubleText, mapJson, stringJson } from "./value.ts";

/**
 * Reads OTLP/JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids are hex, 64-bit integers text or
 * numbers, enums numbers or names, bytes base64; fields in camelCase, or with their protobuf names, which JSON mapping allows.
 * @throws DecodeError
 */
export function readJson(bytes: Uint8Array, visit: SpanVisitor): void {
  const root = object(parse(bytes), "the message");
  for (const resourceSpans of objects(root, "resourceSpans", "resource_spans")) {
    const attributes = attributesOf(optional(resourceSpans["resource"]) ?? {});
    const resource = { service: serviceOf(attributes), attributes };
    for (const scopeSpans of objects(resourceSpans, "scopeSpans", "scope_spans")) {
      const scopeObject = optional(scopeSpans["scope"]) ?? {};
      const scope = { name: text(scopeObject["name"]), version: text(scopeObject["version"]) };
      for (const span of objects(scopeSpans, "spans")) visit(spanOf(span), resource, scope);
    }
  }
}

function spanOf(json: Json): Span {
  const span = newSpan();
  span.traceId = id(either(json, "traceId", "trace_id"));
  span.spanId = id(either(json, "spanId", "span_id"));
  span.parentSpanId = id(either(json, "parentSpanId", "parent_span_id"));
  span.traceState = text(either(json, "traceState", "trace_state"));
  span.name = text(json["name"]);
  span.kind = spanKind(enumNumber(json["kind"], KINDS));
  span.startNanos = uint64(either(json, "startTimeUnixNano", "start_time_unix_nano"));
  span.endNanos = uint64(either(json, "endTimeUnixNano", "end_time_unix_nano"));
  span.attributes = attributesOf(json);
  const status = optional(json["status"]);
  span.statusCode = statusCode(enumNumber(status?.["code"], CODES));
  span.statusMessage = text(status?.["message"]);
  for (const event of objects(json, "events")) {
    span.events.push({
      timeNanos: uint64(either(event, "timeUnixNano", "time_unix_nano")),
      name: text(event["name"]),
      attributes: attributesOf(event),
    } satisfies SpanEvent);
  }
  for (const link of objects(json, "links")) {
    span.links.push({
      traceId: id(either(link, "traceId", "trace_id")),
      spanId: id(either(link, "spanId", "span_id")),
      traceState: text(either(link, "traceState", "trace_state")),
      attributes: attributesOf(link),
    } satisfies SpanLink);
  }
  return span;
}

const KINDS: readonly string[] = [
  "SPAN_KIND_UNSPECIFIED",
  "SPAN_KIND_INTERNAL",
  "SPAN_KIND_SERVER",
  "SPAN_KIND_CLIENT",
  "SPAN_KIND_PRODUCER",
  "SPAN_KIND_CONSUMER",
];
const CODES: readonly string[] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

function attributesOf(json: Json): Attributes {
  const attributes: Attributes = { keys: [], values: [] };
  for (const entry of objects(json, "attributes")) {
    attributes.keys.push(text(entry["key"]));
    attributes.values.push(valueOf(optional(entry["value"]) ?? {}, 1, false));
  }
  return attributes;
}

/** An AnyValue as text, or (`json`) as a part of a JSON text. */
function valueOf(value: Json, depth: number, json: boolean): string {
  checkDepth(depth);
  const string = either(value, "stringValue", "string_value");
  if (string !== undefined) return json ? stringJson(text(string)) : text(string);
  const bool = either(value, "boolValue", "bool_value");
  if (bool !== undefined) return String(bool === true || bool === "true");
  const int = either(value, "intValue", "int_value");
  if (int !== undefined) return intText(int);
  const double = either(value, "doubleValue", "double_value");
  if (double !== undefined) return json ? doubleJson(number(double)) : doubleText(number(double));
  const bytes = either(value, "bytesValue", "bytes_value");
  if (bytes !== undefined) {
    const base64 = Buffer.from(text(bytes), "base64").toString("base64");
    return json ? `"${base64}"` : base64;
  }
  const array = optional(either(value, "arrayValue", "array_value"));
  if (array !== undefined) return arrayJson(objects(array, "values").map((v) => valueOf(v, depth + 1, true)));
  const map = optional(either(value, "kvlistValue", "kvlist_value"));
  if (map !== undefined) {
    const entries = objects(map, "values");
    return mapJson(
      entries.map((entry) => text(entry["key"])),
      entries.map((entry) => valueOf(optional(entry["value"]) ?? {}, depth + 1, true)),
    );
  }
  return json ? "null" : "";
}

/**
 * An int64. The JavaScript SDK writes any whole double as one, 1e20 too: what is beyond 64 bits is shown as the double it was, and
 * its message is not refused for it.
 */
function intText(value: unknown): string {
  if (typeof value === "string" && /^-?\d{1,400}$/.test(value)) {
    const exact = value.length <= 20 ? BigInt(value) : undefined;
    return exact !== undefined && exact === BigInt.asIntN(64, exact)
      ? String(exact)
      : doubleText(Number(value));
  }
  if (typeof value !== "number" || !Number.isInteger(value))
    throw bad("an integer is neither text nor a whole number");
  return doubleText(value === 0 ? 0 : value);
}

/** Hex in either case. What is no hex stays as it is, and makes its span refused, not its message. */
function id(value: unknown): string {
  const hex = text(value).toLowerCase();
  return /^[0-9a-f]*$/.test(hex) ? idText(hex) : "not hex";
}

function enumNumber(value: unknown, names: readonly string[]): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number") return value;
  return typeof value === "string" ? names.indexOf(value) : -1;
}

function uint64(value: unknown): bigint {
  return value === undefined ? 0n : BigInt.asUintN(64, integer(value));
}

function number(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  if (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))) return Number(value);
  throw bad("a double is no number");
}
