import { type Limits, timeInRange } from "@hotspan/wire";

/** Attributes in the order they came, values as the Collector's exporter writes them. */
export interface Attributes {
  readonly keys: string[];
  readonly values: string[];
}

export interface Resource {
  readonly service: string;
  readonly attributes: Attributes;
}

export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** One span on its way from a message to a row; a decoder fills and reuses it. Ids are lower-case hex. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: string;
  startNanos: bigint;
  endNanos: bigint;
  attributes: Attributes;
  statusCode: string;
  statusMessage: string;
  readonly events: SpanEvent[];
  readonly links: SpanLink[];
}

export interface SpanEvent {
  timeNanos: bigint;
  name: string;
  attributes: Attributes;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  traceState: string;
  attributes: Attributes;
}

/** What a decoder calls for every span, good or bad. The span is only valid during the call. */
export type SpanVisitor = (span: Span, resource: Resource, scope: Scope) => void;

export const NO_ATTRIBUTES: Attributes = { keys: [], values: [] };

export function newSpan(): Span {
  return {
    traceId: "",
    spanId: "",
    parentSpanId: "",
    traceState: "",
    name: "",
    kind: spanKind(0),
    startNanos: 0n,
    endNanos: 0n,
    attributes: NO_ATTRIBUTES,
    statusCode: statusCode(0),
    statusMessage: "",
    events: [],
    links: [],
  };
}

const kinds = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"] as const;
const codes = ["Unset", "Ok", "Error"] as const;

/** The exporter's name of a SpanKind; `""` for a number it does not know. */
export function spanKind(kind: number): string {
  return kinds[kind] ?? "";
}

export function statusCode(code: number): string {
  return codes[code] ?? "";
}

/** Hex of an id as the exporter writes it: `""` for one that is all zeros. */
export function idText(hex: string): string {
  return /^0*$/.test(hex) ? "" : hex;
}

/** Why a span cannot be stored, if it cannot; the other spans of its message are kept. */
export function refusal(span: Span, recordMs: number, limits: Limits): string | undefined {
  if (span.traceId.length !== 32) return "trace_id is not 16 bytes, or all zeros";
  if (span.spanId.length !== 16) return "span_id is not 8 bytes, or all zeros";
  if (span.parentSpanId.length !== 16 && span.parentSpanId !== "") return "parent_span_id is not 8 bytes";
  // Only the start decides about partitions; an odd end just makes an odd duration, as in the Collector.
  if (!timeInRange(Number(span.startNanos / 1_000_000n), recordMs, limits)) {
    return "start_time_unix_nano is outside −24 h … +5 min of the message's own time";
  }
  return undefined;
}
