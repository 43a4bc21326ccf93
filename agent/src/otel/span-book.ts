import type { OtelContext, OtelSpan } from "./types.ts";
import { RPC_KEY, spanIn } from "./types.ts";

/** What HTTP frameworks leave in the context for the server span: `{ type: "http", route, span }`. */
export interface RpcMetadata {
  readonly route?: string;
}

/** What is known of a span nobody records. */
export interface Unrecorded {
  readonly route: string | undefined;
  readonly method: string | undefined;
}

const METHODS_KEPT = 1000;
/** How long a request may still run that began while nobody kept this book. */
const UNSEEN_MILLIS = 300_000;

/** On each recorded span: its local root. */
const ROOT: unique symbol = Symbol("hotspan.local-root") as never;

/** On each open local root: how many marks there were when it started. */
const MARKS: unique symbol = Symbol("hotspan.marks") as never;

interface Rooted {
  [ROOT]?: OtelSpan;
  [MARKS]?: number | undefined;
}

/** Remembers what a span object alone does not tell: its local root, and the route of a span nobody records. */
export class SpanBook {
  /**
   * Of spans that take no property. A weak map with an entry for each span cost 4 µs a span on a busy thread, most of it in the
   * collector.
   */
  readonly #roots = new WeakMap<OtelSpan, OtelSpan>();
  readonly #unrecorded = new WeakMap<OtelSpan, { rpc: RpcMetadata; method: string | undefined }>();
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
    const local = above !== undefined && above.spanContext().isRemote !== true && validParent(above);
    const root = local ? this.rootOf(above) : span;
    if (!Object.isExtensible(span)) {
      this.#roots.set(span, root);
      return;
    }
    (span as Rooted)[ROOT] = root;
    if (local) return;
    this.#open++;
    (span as Rooted)[MARKS] = this.#marks;
  }

  ended(span: OtelSpan): void {
    const marks = (span as Rooted)[MARKS];
    if (marks === undefined) return;
    (span as Rooted)[MARKS] = undefined;
    if (marks === this.#marks) this.#open--;
    else this.#olderOpen--;
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

  /** A span without attributes (not sampled) was entered: frameworks fill the metadata in its context later. */
  enteredUnrecorded(span: OtelSpan, context: OtelContext): void {
    if (this.#unrecorded.has(span)) return;
    const metadata = context.getValue(RPC_KEY);
    if (typeof metadata !== "object" || metadata === null) return;
    const method = this.#methods.get(span.spanContext().traceId);
    this.#unrecorded.set(span, { rpc: metadata, method });
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

  /** The topmost span of this trace in this process, as far as known: else the span itself. */
  rootOf(span: OtelSpan): OtelSpan {
    return this.#known(span) ?? span;
  }

  knows(span: OtelSpan): boolean {
    return this.#known(span) !== undefined;
  }

  #known(span: OtelSpan): OtelSpan | undefined {
    return (span as Rooted)[ROOT] ?? this.#roots.get(span);
  }

  unrecorded(span: OtelSpan): Unrecorded | undefined {
    const known = this.#unrecorded.get(span);
    return known === undefined ? undefined : { route: known.rpc.route, method: known.method };
  }
}

const INVALID_TRACE = "00000000000000000000000000000000";

function validParent(span: OtelSpan): boolean {
  return span.spanContext().traceId !== INVALID_TRACE;
}
