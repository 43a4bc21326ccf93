import type { EndpointFacts } from "../window/endpoint.ts";
import { EndedNames, endpointName } from "../window/endpoint.ts";
import type { OtelContext, OtelSpan, OtelSpanContext } from "./types.ts";
import { CONSUMER, RPC_KEY, SERVER, spanIn } from "./types.ts";

/** What HTTP frameworks leave in the context for the server span: `{ type: "http", route, span }`. */
interface RpcMetadata {
  readonly route?: string;
}

/** Of a span nobody records. */
interface Unrecorded {
  readonly rpc: RpcMetadata;
  readonly method: string | undefined;
}

const METHODS_KEPT = 1000;
/** How long a request may still run that began while nobody kept this book. */
const UNSEEN_MILLIS = 300_000;

/**
 * What labels need of a span, and no more. The sampler keeps what a sample may carry alive for a collection longer than its frame,
 * and the collector copies it then: with the spans themselves, and all their attributes, a busy server's collections of young
 * objects took twice as long. So no object of its own for the ids, nor for what names it.
 */
export class SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  /** So its ids lead somewhere. */
  readonly sampled: boolean;
  /** The topmost span of this trace in this process; undefined: not known. */
  readonly root: SpanRecord | undefined;
  /** Of a local root, and of a span whose root is not known: until it ends, for then it has its route. */
  #span: OtelSpan | undefined;
  #name: string | EndpointFacts | undefined;
  unrecorded: Unrecorded | undefined;
  /** How long it took, whole microseconds; undefined if it has not ended, or does not say. */
  micros: number | undefined;
  /** How many marks there were when it started, while it is counted as open. */
  marks: number | undefined;

  /** @param root undefined: not known; "self": it is one. */
  constructor(span: OtelSpan, root: SpanRecord | "self" | undefined) {
    // Whoever made the span may not keep to the API.
    const ids: Partial<OtelSpanContext> | undefined = span.spanContext();
    this.traceId = ids?.traceId ?? "";
    this.spanId = ids?.spanId ?? "";
    this.sampled = ((ids?.traceFlags ?? 0) & 1) === 1;
    this.root = root === "self" ? this : root;
    this.#span = this.root === undefined || root === "self" ? span : undefined;
    this.#name = undefined;
    this.unrecorded = undefined;
    this.micros = undefined;
    this.marks = undefined;
  }

  /** The name of its operation, see `endpointName`: as far as is known by now, if it has not ended. Of a span with a root, ask that. */
  get endpoint(): string {
    const known = this.#name;
    if (typeof known === "string") return known;
    if (known !== undefined) return endpointName(known);
    const { name, kind, attributes } = this.#span ?? {};
    const { rpc, method } = this.unrecorded ?? {};
    return endpointName({ name, kind, attributes, route: rpc?.route, method });
  }

  ended(span: OtelSpan, names: EndedNames): void {
    if (this.#span === undefined) return;
    this.#span = undefined;
    this.#name = names.of(span);
    this.micros = microsOf(span);
  }
}

/** So that V8 keeps it in the field itself: what lasts longer, more than half an hour, is as slow. */
const MOST_MICROS = 0x7fff_ffff;

/** Spans of SDK 1.x to 3.x tell it as `[s, ns]`. */
function microsOf({ duration }: OtelSpan): number | undefined {
  if (!Array.isArray(duration)) return undefined;
  const micros = Math.round(Number(duration[0]) * 1e6 + Number(duration[1]) / 1000);
  return Number.isFinite(micros) ? Math.min(micros, MOST_MICROS) : undefined;
}

/** On each span that was met. */
const RECORD: unique symbol = Symbol("hotspan.record") as never;

interface Recorded {
  [RECORD]?: SpanRecord;
}

/** Remembers what a span object alone does not tell: its local root, and the route of a span nobody records. */
export class SpanBook {
  /** Told of each local root that came from outside, when it starts. */
  onRequest: ((request: SpanRecord) => void) | undefined;
  /**
   * Of spans that take no property. A weak map with an entry for each span cost 4 µs a span on a busy thread, most of it in the
   * collector.
   */
  readonly #records = new WeakMap<OtelSpan, SpanRecord>();
  readonly #names = new EndedNames();
  /** Methods of unsampled requests, by trace id, until their span is entered. */
  readonly #methods = new Map<string, string>();

  /** Local roots that have not ended: those from before the latest `mark`, and those from after it. */
  #olderOpen = 0;
  #open = 0;
  #marks = 0;
  #unseenUntil = 0;

  /** A recorded span has started below `parent`, the context it was started in. */
  started(span: OtelSpan, parent: OtelContext): void {
    const above = spanIn(parent);
    if (above !== undefined && isLocal(above)) {
      const record = this.of(above);
      this.#keep(span, new SpanRecord(span, record.root ?? record));
      return;
    }
    const record = new SpanRecord(span, "self");
    // Of the others nobody hears when they end.
    if (this.#keep(span, record)) {
      this.#open++;
      record.marks = this.#marks;
    }
    if (span.kind === SERVER || span.kind === CONSUMER) this.onRequest?.(record);
  }

  /** The span's record, if it was a local root and open. */
  ended(span: OtelSpan): SpanRecord | undefined {
    const record = this.#known(span);
    if (record === undefined || (record.root !== undefined && record.root !== record)) return undefined;
    record.ended(span, this.#names);
    const { marks } = record;
    record.marks = undefined;
    if (marks === this.#marks) this.#open--;
    else if (marks !== undefined) this.#olderOpen--;
    return record.root;
  }

  /** Spans have started that were not entered here. */
  missed(): void {
    this.#unseenUntil = performance.now() + UNSEEN_MILLIS;
  }

  /** From here on `hasOlder` asks for what began before. */
  mark(): void {
    this.#olderOpen += this.#open;
    this.#open = 0;
    this.#marks++;
  }

  /** Whether requests may still run that began before the mark. */
  hasOlder(): boolean {
    return this.#olderOpen > 0 || performance.now() < this.#unseenUntil;
  }

  /** The record of the span of a context that is entered. */
  entered(span: OtelSpan, context: OtelContext): SpanRecord {
    const record = this.of(span);
    // Without attributes (not sampled): frameworks fill the metadata in its context later.
    if (record.root === undefined && record.unrecorded === undefined) {
      const rpc = context.getValue(RPC_KEY);
      if (typeof rpc === "object" && rpc !== null)
        record.unrecorded = { rpc, method: this.#methods.get(record.traceId) };
    }
    return record;
  }

  /** A sampler decided against a server span with this method. */
  notSampled(traceId: string, method: string): void {
    this.#methods.set(traceId, method);
    if (this.#methods.size <= METHODS_KEPT) return;
    for (const oldest of this.#methods.keys()) {
      this.#methods.delete(oldest);
      break;
    }
  }

  /** The span's record, always the same one; of a span that was never met it knows no root. */
  of(span: OtelSpan): SpanRecord {
    let record = this.#known(span);
    if (record === undefined) this.#keep(span, (record = new SpanRecord(span, undefined)));
    return record;
  }

  #known(span: OtelSpan): SpanRecord | undefined {
    return (span as Recorded)[RECORD] ?? this.#records.get(span);
  }

  /** Whether it could be put on the span itself. */
  #keep(span: OtelSpan, record: SpanRecord): boolean {
    if (!Object.isExtensible(span)) {
      this.#records.set(span, record);
      return false;
    }
    (span as Recorded)[RECORD] = record;
    return true;
  }
}

const INVALID_TRACE = "00000000000000000000000000000000";

function isLocal(span: OtelSpan): boolean {
  const { isRemote, traceId } = span.spanContext();
  return isRemote !== true && traceId !== INVALID_TRACE;
}
