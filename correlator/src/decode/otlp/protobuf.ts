import { ProtoReader } from "@hotspan/wire";
import { type Attributes, idText, NO_ATTRIBUTES, newSpan, spanKind, statusCode } from "./span.ts";
import type { Resource, Scope, Span, SpanEvent, SpanLink, SpanVisitor } from "./span.ts";
import { arrayJson, checkDepth, doubleJson, doubleText, mapJson, stringJson } from "./value.ts";

/**
 * Reads an ExportTraceServiceRequest (equally: TracesData) by field number
 * (https://github.com/open-telemetry/opentelemetry-proto, trace/v1). Unknown fields are skipped.
 * @throws WireError HOTSPAN_WIRE_MALFORMED, DecodeError
 */
export function readProtobuf(bytes: Uint8Array, visit: SpanVisitor): void {
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field === 1) reader.message((r) => readResourceSpans(r, visit));
    else reader.skip();
  }
}

function readResourceSpans(reader: ProtoReader, visit: SpanVisitor): void {
  // A writer may put the resource behind its spans: one pass for each.
  const start = reader.position;
  let resource: Resource = { service: "", attributes: NO_ATTRIBUTES };
  while (reader.next()) {
    if (reader.field === 1) {
      reader.message((r) => {
        const attributes = readAttributesMessage(r, 1);
        resource = { attributes, service: serviceOf(attributes) };
      });
    } else reader.skip();
  }
  reader.position = start;
  while (reader.next()) {
    if (reader.field === 2) reader.message((r) => readScopeSpans(r, resource, visit));
    else reader.skip();
  }
}

/** The first `service.name`, as text. */
export function serviceOf(attributes: Attributes): string {
  return attributes.values[attributes.keys.indexOf("service.name")] ?? "";
}

function readScopeSpans(reader: ProtoReader, resource: Resource, visit: SpanVisitor): void {
  const start = reader.position;
  let scope: Scope = { name: "", version: "" };
  while (reader.next()) {
    if (reader.field === 1) {
      reader.message((r) => {
        let name = "";
        let version = "";
        while (r.next()) {
          if (r.field === 1) name = r.string();
          else if (r.field === 2) version = r.string();
          else r.skip();
        }
        scope = { name, version };
      });
    } else reader.skip();
  }
  reader.position = start;
  while (reader.next()) {
    if (reader.field === 2) reader.message((r) => visit(readSpan(r), resource, scope));
    else reader.skip();
  }
}

function readSpan(reader: ProtoReader): Span {
  const span = newSpan();
  const attributes: Attributes = { keys: [], values: [] };
  span.attributes = attributes;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        span.traceId = idText(reader.hex());
        break;
      case 2:
        span.spanId = idText(reader.hex());
        break;
      case 3:
        span.traceState = reader.string();
        break;
      case 4:
        span.parentSpanId = idText(reader.hex());
        break;
      case 5:
        span.name = reader.string();
        break;
      case 6:
        span.kind = spanKind(int32(reader));
        break;
      case 7:
        span.startNanos = fixed64(reader);
        break;
      case 8:
        span.endNanos = fixed64(reader);
        break;
      case 9:
        readAttribute(reader, attributes);
        break;
      case 11:
        reader.message((r) => span.events.push(readEvent(r)));
        break;
      case 13:
        reader.message((r) => span.links.push(readLink(r)));
        break;
      case 15:
        reader.message((r) => {
          while (r.next()) {
            if (r.field === 2) span.statusMessage = r.string();
            else if (r.field === 3) span.statusCode = statusCode(int32(r));
            else r.skip();
          }
        });
        break;
      default:
        reader.skip();
    }
  }
  return span;
}

function readEvent(reader: ProtoReader): SpanEvent {
  const event: SpanEvent = { timeNanos: 0n, name: "", attributes: { keys: [], values: [] } };
  while (reader.next()) {
    if (reader.field === 1) event.timeNanos = fixed64(reader);
    else if (reader.field === 2) event.name = reader.string();
    else if (reader.field === 3) readAttribute(reader, event.attributes);
    else reader.skip();
  }
  return event;
}

function readLink(reader: ProtoReader): SpanLink {
  const link: SpanLink = { traceId: "", spanId: "", traceState: "", attributes: { keys: [], values: [] } };
  while (reader.next()) {
    if (reader.field === 1) link.traceId = idText(reader.hex());
    else if (reader.field === 2) link.spanId = idText(reader.hex());
    else if (reader.field === 3) link.traceState = reader.string();
    else if (reader.field === 4) readAttribute(reader, link.attributes);
    else reader.skip();
  }
  return link;
}

function readAttributesMessage(reader: ProtoReader, field: number): Attributes {
  const attributes: Attributes = { keys: [], values: [] };
  while (reader.next()) {
    if (reader.field === field) readAttribute(reader, attributes);
    else reader.skip();
  }
  return attributes;
}

function readAttribute(reader: ProtoReader, into: Attributes): void {
  let key = "";
  let value = "";
  reader.message((r) => {
    while (r.next()) {
      if (r.field === 1) key = r.string();
      else if (r.field === 2) {
        r.message(() => {
          value = readValue(r, 1, false);
        });
      } else r.skip();
    }
  });
  into.keys.push(key);
  into.values.push(value);
}

/** An AnyValue as text, or (`json`) as a part of a JSON text. */
function readValue(reader: ProtoReader, depth: number, json: boolean): string {
  checkDepth(depth);
  let text = json ? "null" : "";
  while (reader.next()) {
    switch (reader.field) {
      case 1: {
        const value = reader.string();
        text = json ? stringJson(value) : value;
        break;
      }
      case 2:
        reader.expect(0);
        text = String(reader.bool());
        break;
      case 3:
        reader.expect(0);
        text = int64Text(reader);
        break;
      case 4: {
        reader.expect(1);
        const value = reader.double();
        text = json ? doubleJson(value) : doubleText(value);
        break;
      }
      case 5:
        reader.message((r) => {
          text = arrayJson(readValues(r, depth));
        });
        break;
      case 6:
        reader.message((r) => {
          text = readMap(r, depth);
        });
        break;
      case 7: {
        const value = Buffer.from(reader.view()).toString("base64");
        text = json ? `"${value}"` : value;
        break;
      }
      default:
        reader.skip();
    }
  }
  return text;
}

function readValues(reader: ProtoReader, depth: number): string[] {
  const values: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) reader.message((r) => values.push(readValue(r, depth + 1, true)));
    else reader.skip();
  }
  return values;
}

function readMap(reader: ProtoReader, depth: number): string {
  const keys: string[] = [];
  const values: string[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    let key = "";
    let value = "null";
    reader.message((r) => {
      while (r.next()) {
        if (r.field === 1) key = r.string();
        else if (r.field === 2) {
          r.message(() => {
            value = readValue(r, depth + 1, true);
          });
        } else r.skip();
      }
    });
    keys.push(key);
    values.push(value);
  }
  return mapJson(keys, values);
}

export function int64Text(reader: ProtoReader): string {
  const low = reader.low();
  const high = reader.lastHigh;
  // Small numbers, almost all there are, without a bigint.
  if (high < 0x20_0000) return String(high * 0x1_0000_0000 + low);
  return String(BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)));
}

/** An enum, which may be any int32: those outside the known ones become -1. */
function int32(reader: ProtoReader): number {
  reader.expect(0);
  const low = reader.low();
  return reader.lastHigh === 0 ? low : -1;
}

function fixed64(reader: ProtoReader): bigint {
  reader.expect(1);
  return reader.fixed64();
}
