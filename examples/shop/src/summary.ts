interface EndpointSummary {
  readonly endpoint: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** Latencies per endpoint, kept as a bounded sample so that a run of days stays small. */
export class Summary {
  readonly #endpoints = new Map<string, { requests: number; errors: number; ms: number[] }>();
  #dropped = 0;
  static readonly KEPT = 10_000;

  add(endpoint: string, ms: number, ok: boolean): void {
    let entry = this.#endpoints.get(endpoint);
    if (entry === undefined) this.#endpoints.set(endpoint, (entry = { requests: 0, errors: 0, ms: [] }));
    entry.ms[entry.requests % Summary.KEPT] = ms;
    entry.requests++;
    if (!ok) entry.errors++;
  }

  /** A planned request that was not sent: too many were open. */
  drop(): void {
    this.#dropped++;
  }

  toJSON(seconds: number): { seconds: number; dropped: number; endpoints: readonly EndpointSummary[] } {
    const endpoints = [...this.#endpoints].map(([endpoint, { requests, errors, ms }]) => {
      const sorted = ms.toSorted((a, b) => a - b);
      const at = (q: number): number =>
        Math.round((sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0) * 10) / 10;
      return { endpoint, requests, errors, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
    });
    endpoints.sort((a, b) => a.endpoint.localeCompare(b.endpoint));
    return { seconds: Math.round(seconds * 10) / 10, dropped: this.#dropped, endpoints };
  }

  toText(seconds: number): string {
    const { endpoints, dropped } = this.toJSON(seconds);
    const rows = endpoints.map(
      (e) =>
        `${e.endpoint.padEnd(42)} ${String(e.requests).padStart(7)} requests ${String(e.errors).padStart(4)} errors` +
        `  p50 ${e.p50Ms} ms  p95 ${e.p95Ms} ms  max ${e.maxMs} ms`,
    );
    return [...rows, `${seconds.toFixed(1)} s, ${dropped} dropped`].join("\n");
  }
}
