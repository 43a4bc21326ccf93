import type { OtelContext, OtelSpan } from "./types.ts";
import { RPC_KEY, spanIn } from "./types.ts";

/** What HTTP frameworks leave in the context for the server span: `{ type: "http", route, span }`. */
export interface RpcMetadata {
  readonly route?: string;
}

/** Remembers what a span object alone does not tell: its local root, and the route of a span nobody records. */
export class SpanBook {
  readonly #roots = new WeakMap<OtelSpan, OtelSpan>();
  readonly #rpc = new WeakMap<OtelSpan, RpcMetadata>();

  /** A recorded span has started below `parent`, the context it was started in. */
  started(span: OtelSpan, parent: OtelContext): void {
    const above = spanIn(parent);
    const local = above !== undefined && above.spanContext().isRemote !== true && validParent(above);
    this.#roots.set(span, local ? this.rootOf(above) : span);
  }

  /** A span without attributes (not sampled) was entered: frameworks fill the metadata in its context later. */
  enteredUnrecorded(span: OtelSpan, context: OtelContext): void {
    if (this.#rpc.has(span)) return;
    const metadata = context.getValue(RPC_KEY);
    if (typeof metadata === "object" && metadata !== null) this.#rpc.set(span, metadata);
  }

  /** The topmost span of this trace in this process, as far as known: else the span itself. */
  rootOf(span: OtelSpan): OtelSpan {
    return this.#roots.get(span) ?? span;
  }

  knows(span: OtelSpan): boolean {
    return this.#roots.has(span);
  }

  routeOf(span: OtelSpan): string | undefined {
    return this.#rpc.get(span)?.route;
  }
}

const INVALID_TRACE = "00000000000000000000000000000000";

function validParent(span: OtelSpan): boolean {
  return span.spanContext().traceId !== INVALID_TRACE;
}
