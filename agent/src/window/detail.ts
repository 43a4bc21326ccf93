import type { SpanRecord } from "../otel/span-book.ts";
import { SlowThresholds } from "./latency.ts";

/**
 * Which requests are kept in detail: those that were slow, and those nobody can tell of yet. What has not ended when its
 * window is made may still become slow, so it is kept whole, and no window has to wait for it. What is known to have been fast
 * is merged per endpoint. A root the SDK does not record, or a span whose root is unknown, is kept.
 */
export class Detail {
  readonly #thresholds: SlowThresholds;

  constructor(slowMillis: number | "auto") {
    this.#thresholds = new SlowThresholds(slowMillis);
  }

  /** Learns how long requests take. */
  rootEnded({ endpoint, micros }: SpanRecord): void {
    if (micros !== undefined) this.#thresholds.ended(endpoint, micros / 1000);
  }

  /** @param endpoint of the local root of `span`. */
  keeps({ root }: SpanRecord, endpoint: string): boolean {
    return root?.micros === undefined || root.micros / 1000 >= this.#thresholds.of(endpoint);
  }
}
