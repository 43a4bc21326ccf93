import { LIMITS, type Limits, WireError } from "@hotspan/wire";
import { RowWriter } from "@hotspan/store";
import { DecodeError } from "./errors.ts";
import { readJson } from "./otlp/json.ts";
import { readProtobuf } from "./otlp/protobuf.ts";
import { type Attributes, refusal, type Resource, type Scope, type Span } from "./otlp/span.ts";
import type { SpanVisitor } from "./otlp/span.ts";
import { dayPartition } from "./partition.ts";
import type { ShardedWriter } from "./sharded-writer.ts";
import type { SpanProbe } from "./types.ts";

export type OtlpContentType = "application/x-protobuf" | "application/json";

export const SPAN_COLUMNS: readonly string[] = [
  "ServiceName",
  "ResourceAttributes",
  "ScopeName",
  "ScopeVersion",
  "Timestamp",
  "TraceId",
  "SpanId",
  "ParentSpanId",
  "TraceState",
  "SpanName",
  "SpanKind",
  "SpanAttributes",
  "Duration",
  "StatusCode",
  "StatusMessage",
  "Events.Timestamp",
  "Events.Name",
  "Events.Attributes",
  "Links.TraceId",
  "Links.SpanId",
  "Links.TraceState",
  "Links.Attributes",
];

/** Rows of one message: resource attributes are repeated for each span, so a small message could make huge ones. */
const maxRowBytes = 128 * 1024 * 1024;

export interface SpanCounts {
  readonly accepted: number;
  readonly rejected: number;
  /** Why the first refused span was. */
  readonly reason: string | undefined;
}

/**
 * `otel_traces`: one row per span, as the Collector's ClickHouse exporter writes it.
 * @throws WireError or DecodeError when the message cannot be read; single bad spans are only counted.
 */
export function writeSpans(
  table: ShardedWriter,
  probes: SpanProbe[],
  value: Uint8Array,
  contentType: OtlpContentType,
  recordMs: number,
  limits: Limits = LIMITS,
): SpanCounts {
  let written = 0;
  const scratch = new RowWriter({ initialBytes: 1024 });
  let cellsOf: { readonly resource: Resource; readonly scope: Scope; readonly cells: Uint8Array } | undefined;
  return readSpans(value, contentType, recordMs, limits, (span, resource, scope) => {
    if (cellsOf?.resource !== resource || cellsOf.scope !== scope) {
      scratch.reset();
      scratch.string(resource.service);
      writeAttributes(scratch, resource.attributes);
      scratch.string(scope.name);
      scratch.string(scope.version);
      cellsOf = { resource, scope, cells: scratch.toBytes() };
    }
    const to = table.of(span.traceId);
    const { out } = to;
    const start = out.length;
    out.raw(cellsOf.cells);
    writeSpan(out, span);
    written += out.length - start;
    if (written > maxRowBytes) {
      throw new DecodeError(
        "HOTSPAN_DECODE_TOO_LARGE",
        `the rows of one message take over ${maxRowBytes} bytes`,
      );
    }
    const ms = Number(span.startNanos / 1_000_000n);
    const day = dayPartition(ms);
    to.row(day, ms);
    probes.push({ traceId: span.traceId, spanId: span.spanId, service: resource.service, startMs: ms, day });
  });
}

/** What a door answers before it keeps a message: how many spans `partial_success` must report. */
export function inspectSpans(value: Uint8Array, contentType: OtlpContentType, recordMs: number): SpanCounts {
  return readSpans(value, contentType, recordMs, LIMITS, () => undefined);
}

function readSpans(
  value: Uint8Array,
  contentType: OtlpContentType,
  recordMs: number,
  limits: Limits,
  accept: SpanVisitor,
): SpanCounts {
  let accepted = 0;
  let rejected = 0;
  let reason: string | undefined;
  const visit: SpanVisitor = (span, resource, scope) => {
    const refused = refusal(span, recordMs, limits);
    if (refused === undefined) {
      accepted++;
      accept(span, resource, scope);
    } else {
      rejected++;
      reason ??= refused;
    }
  };
  try {
    if (contentType === "application/json") readJson(value, visit);
    else readProtobuf(value, visit);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new DecodeError("HOTSPAN_DECODE_BAD_OTLP", `not an OTLP trace message: ${cause.message}`, {
      cause,
    });
  }
  return { accepted, rejected, reason };
}

function writeSpan(out: RowWriter, span: Span): void {
  out.u64(span.startNanos);
  out.string(span.traceId);
  out.string(span.spanId);
  out.string(span.parentSpanId);
  out.string(span.traceState);
  out.string(span.name);
  out.string(span.kind);
  writeAttributes(out, span.attributes);
  // An end before the start, or none, wraps: that is what the exporter's unsigned column gets.
  out.u64(span.endNanos - span.startNanos);
  out.string(span.statusCode);
  out.string(span.statusMessage);
  const { events, links } = span;
  out.arrayLength(events.length);
  for (const event of events) out.u64(event.timeNanos);
  out.arrayLength(events.length);
  for (const event of events) out.string(event.name);
  out.arrayLength(events.length);
  for (const event of events) writeAttributes(out, event.attributes);
  out.arrayLength(links.length);
  for (const link of links) out.string(link.traceId);
  out.arrayLength(links.length);
  for (const link of links) out.string(link.spanId);
  out.arrayLength(links.length);
  for (const link of links) out.string(link.traceState);
  out.arrayLength(links.length);
  for (const link of links) writeAttributes(out, link.attributes);
}

/**
 * A map in the exporter's order: keys sorted, of equal keys the later one first, so that `SpanAttributes['k']` finds the
 * value set last. Duplicates stay.
 */
function writeAttributes(out: RowWriter, { keys, values }: Attributes): void {
  const { length } = keys;
  out.arrayLength(length);
  if (length === 1) {
    out.string(keys[0] as string);
    out.string(values[0] as string);
    return;
  }
  const order = Array.from(keys.keys());
  order.sort((a, b) => {
    const left = keys[a] as string;
    const right = keys[b] as string;
    return left < right ? -1 : left > right ? 1 : b - a;
  });
  for (const i of order) {
    out.string(keys[i] as string);
    out.string(values[i] as string);
  }
}
