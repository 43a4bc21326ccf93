import type { SpanBook } from "../otel/span-book.ts";
import type { OtelSpan } from "../otel/types.ts";
import { endpointName } from "./endpoint.ts";
import { SlowThresholds } from "./latency.ts";

/**
 * Which requests are kept in detail: those that were slow, and those nobody can tell of yet. What has not ended when its
 * window is made may still become slow, so it is kept whole, and no window has to wait for it. What is known to have been fast
 * is merged per endpoint. A root the SDK does not record, or a span whose root is unknown, is kept.
 */
export class Detail {
  readonly #book: SpanBook;
  readonly #thresholds: SlowThresholds;

  constructor(book: SpanBook, slowMillis: number | "auto") {
    this.#book = book;
    this.#thresholds = new SlowThresholds(slowMillis);
  }

  /** Learns how long requests take. Of a span that is no local root: nothing. */
  spanEnded(span: OtelSpan): void {
    if (!this.#book.knows(span) || this.#book.rootOf(span) !== span) return;
    const millis = millisOf(span);
    if (millis !== undefined) this.#thresholds.ended(endpointName(span), millis);
  }

  /** @param endpoint of `root`, the local root of `span`. */
  keeps(span: OtelSpan, root: OtelSpan, endpoint: string): boolean {
    if (!this.#book.knows(span)) return true;
    const millis = millisOf(root);
    return millis === undefined || millis >= this.#thresholds.of(endpoint);
  }
}

/** How long a span took; undefined if it has not ended, or does not say. Spans of SDK 1.x to 3.x tell it as `[s, ns]`. */
function millisOf({ ended, duration }: OtelSpan): number | undefined {
  if (ended !== true || !Array.isArray(duration)) return undefined;
  const millis = Number(duration[0]) * 1000 + Number(duration[1]) / 1e6;
  return Number.isFinite(millis) ? millis : undefined;
}
