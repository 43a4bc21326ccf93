/** Times of one endpoint, ms. */
export interface EndpointFigure {
  readonly endpoint: string;
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export class Times {
  readonly #of = new Map<string, { readonly ms: number[]; failed: number }>();
  readonly failures: string[] = [];

  add(endpoint: string, ms: number, failure?: string): void {
    const times = this.#of.get(endpoint) ?? { ms: [], failed: 0 };
    times.ms.push(ms);
    if (failure !== undefined) {
      times.failed++;
      if (this.failures.length < 10) this.failures.push(`${endpoint}: ${failure}`);
    }
    this.#of.set(endpoint, times);
  }

  /** By endpoint. A failed request's time counts all the same. */
  figures(): readonly EndpointFigure[] {
    return [...this.#of]
      .map(([endpoint, { ms, failed }]) => {
        const sorted = ms.toSorted((a, b) => a - b);
        const share = (part: number): number =>
          Number(
            (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(1),
          );
        const [p50, p95, p99, max] = [share(0.5), share(0.95), share(0.99), share(1)] as const;
        return { endpoint, requests: ms.length, failed, p50, p95, p99, max };
      })
      .toSorted((a, b) => a.endpoint.localeCompare(b.endpoint));
  }
}
