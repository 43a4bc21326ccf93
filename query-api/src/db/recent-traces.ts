import type { SpanCore } from "./spans.ts";

/** A page asks for one trace five times in a row. Spans that come later still are seen after so long. */
const KEPT_MS = 30_000;
/** About 1 kB each. */
const MAX_SPANS = 50_000;

/** Spans of traces that were read a moment ago and are not written to any more; those asked for longest ago go first. */
export class RecentTraces {
  readonly #kept = new Map<string, { readonly cores: readonly SpanCore[]; readonly until: number }>();
  #spans = 0;

  /** @param now milliseconds of any steady clock. */
  get(traceId: string, now: number): readonly SpanCore[] | undefined {
    const found = this.#kept.get(traceId);
    if (found === undefined) return undefined;
    this.#drop(traceId);
    if (found.until <= now) return undefined;
    this.#keep(traceId, found);
    return found.cores;
  }

  set(traceId: string, cores: readonly SpanCore[], now: number): void {
    this.#drop(traceId);
    if (cores.length > MAX_SPANS / 10) return;
    this.#keep(traceId, { cores, until: now + KEPT_MS });
    for (const oldest of this.#kept.keys()) {
      if (this.#spans <= MAX_SPANS) break;
      this.#drop(oldest);
    }
  }

  #keep(traceId: string, kept: { readonly cores: readonly SpanCore[]; readonly until: number }): void {
    this.#kept.set(traceId, kept);
    // An empty one takes room as well.
    this.#spans += kept.cores.length + 1;
  }

  #drop(traceId: string): void {
    const kept = this.#kept.get(traceId);
    if (kept === undefined) return;
    this.#kept.delete(traceId);
    this.#spans -= kept.cores.length + 1;
  }
}
