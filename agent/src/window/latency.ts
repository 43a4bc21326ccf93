import { EndpointBudget } from "./endpoint.ts";

/** Four buckets an octave, from 1/16 ms to 2 h: an upper edge is at most 19 % above what it stands for. */
const PER_OCTAVE = 4;
const OCTAVES_BELOW = 4;
const BUCKETS = 27 * PER_OCTAVE;
/** Of an endpoint seen less often nothing is known, so all of it is slow. */
const FEW = 20;
/** Then all counts are halved: what was normal an hour ago is not what is normal now. */
const MANY = 2000;
const SHARE = 0.95;

interface Histogram {
  readonly counts: Uint32Array;
  total: number;
}

/** From which duration a request is slow: a fixed one, or the 95th percentile of its endpoint's of late. Bounded memory. */
export class SlowThresholds {
  readonly #fixed: number | undefined;
  readonly #budget = new EndpointBudget();
  readonly #endpoints = new Map<string, Histogram>();

  constructor(slowMillis: number | "auto") {
    this.#fixed = slowMillis === "auto" ? undefined : slowMillis;
  }

  ended(endpoint: string, millis: number): void {
    if (this.#fixed !== undefined || !(millis >= 0)) return;
    const name = this.#budget.admit(endpoint);
    let histogram = this.#endpoints.get(name);
    if (histogram === undefined)
      this.#endpoints.set(name, (histogram = { counts: new Uint32Array(BUCKETS), total: 0 }));
    const bucket = bucketOf(millis);
    histogram.counts[bucket] = (histogram.counts[bucket] as number) + 1;
    if (++histogram.total < MANY) return;
    histogram.total = 0;
    for (const [i, count] of histogram.counts.entries()) {
      histogram.counts[i] = count >> 1;
      histogram.total += count >> 1;
    }
  }

  /** Milliseconds. */
  of(endpoint: string): number {
    if (this.#fixed !== undefined) return this.#fixed;
    const histogram = this.#endpoints.get(endpoint) ?? this.#endpoints.get("other");
    if (histogram === undefined || histogram.total < FEW) return 0;
    let left = histogram.total * SHARE;
    for (const [bucket, count] of histogram.counts.entries()) {
      left -= count;
      if (left <= 0) return 2 ** ((bucket + 1) / PER_OCTAVE - OCTAVES_BELOW);
    }
    return Infinity;
  }
}

function bucketOf(millis: number): number {
  const bucket = Math.floor((Math.log2(millis) + OCTAVES_BELOW) * PER_OCTAVE);
  return Math.min(Math.max(bucket, 0), BUCKETS - 1);
}
