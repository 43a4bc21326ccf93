// Planted cause `gc-pressure`: a request that keeps so many small objects alive that the collector works more than it.
//
// - where: accounts, `GET /recommendations/{id}` → `collectCandidates`
// - share: 15 % of these requests: customers with a long history
// - truth: ~200 ms, 50–80 % of it `gc`, the rest `cpu.self` in `collectCandidates`; the others take under 5 ms
import type { Family } from "../shared/family.ts";

export const READERS: Family = { prefix: "r", size: 100, heavy: 15, share: 0.15 };
export const CANDIDATES = { heavy: 350_000, light: 1000 } as const;

interface Candidate {
  readonly sku: string;
  readonly reasons: readonly string[];
  readonly score: { readonly taste: number; readonly price: number };
  readonly next: Candidate | undefined;
}

/** Everything that others bought together with what this customer bought, as a chain of candidates. */
export function collectCandidates(reader: number, count: number): Candidate | undefined {
  let chain: Candidate | undefined;
  for (let n = 0; n < count; n++) {
    const taste = ((n + reader) * 7919) % 1000;
    chain = {
      sku: `sku-${(n * 31 + reader) % 500}`,
      reasons: [`bought with ${n % 97}`, `liked by ${taste}`],
      score: { taste: taste + 0.5, price: (n % 89) + 0.5 },
      next: chain,
    };
  }
  return chain;
}

/** The five best, by taste and price. */
export function recommend(reader: number, count: number): readonly string[] {
  const best: { sku: string; score: number }[] = [];
  for (let one = collectCandidates(reader, count); one !== undefined; one = one.next) {
    const score = one.score.taste - one.score.price;
    if (best.length === 5 && score <= (best[4]?.score ?? 0)) continue;
    if (best.some(({ sku }) => sku === one?.sku)) continue;
    best.push({ sku: one.sku, score });
    best.sort((a, b) => b.score - a.score).splice(5);
  }
  return best.map(({ sku }) => sku);
}
