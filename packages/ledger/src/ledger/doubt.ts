import type { HoldBounds, Piece } from "./piece.ts";

/**
 * The 95 % interval of each class's sum. Binomial intervals are wrong: ticks are not independent, they show ±10–14 points
 * where the error is 2–4. What is uncertain are the edges between runs:
 *
 * - An edge between two ticks lies anywhere between them: variance gap²/12, so runs · P²/6 for a class of that many runs.
 * - Exact edges (turns, waking, collections) carry the clocks' resolution only.
 * - Both ends of a span are off alike, 0–1 ms: what one end gains the other loses.
 * - Lost time may belong to either neighbour, whole: a bound, no variance. So may what was ready at an unknown moment.
 */
export class Doubt {
  readonly #variance = new Map<string, number>();
  readonly #up = new Map<string, number>();
  readonly #down = new Map<string, number>();

  constructor(
    pieces: readonly Piece[],
    holds: readonly HoldBounds[],
    bias: number,
    nameOf: (piece: Piece) => string | undefined,
  ) {
    for (let i = 1; i < pieces.length; i++) {
      const left = pieces[i - 1] as Piece;
      const right = pieces[i] as Piece;
      const from = nameOf(left);
      const to = nameOf(right);
      if (from === to) continue;
      const variance = right.edge ** 2 / 3 + EXACT_NANO ** 2;
      this.#add(this.#variance, from, variance);
      this.#add(this.#variance, to, variance);
      if (left.class === "unprofiled") this.#add(this.#up, to, left.end - left.start);
      if (right.class === "unprofiled") this.#add(this.#up, from, right.end - right.start);
    }
    const first = pieces[0];
    const last = pieces.at(-1);
    if (first !== undefined && last !== undefined && bias > 0) {
      const from = nameOf(first);
      const to = nameOf(last);
      if (from !== to) {
        this.#add(this.#variance, from, bias ** 2 / 3);
        this.#add(this.#variance, to, bias ** 2 / 3);
      }
    }
    for (const hold of holds) {
      this.#add(this.#up, "loop.held", hold.high - hold.nano);
      this.#add(this.#down, "loop.held", hold.nano - hold.low);
      this.#add(this.#up, hold.instead, hold.nano - hold.low);
      this.#add(this.#down, hold.instead, hold.high - hold.nano);
    }
  }

  #add(to: Map<string, number>, name: string | undefined, nano: number): void {
    if (name !== undefined && nano > 0) to.set(name, (to.get(name) ?? 0) + nano);
  }

  /** low ≤ nano ≤ high, within 0 and `most`. */
  interval(name: string, nano: number, most: number): { readonly low: number; readonly high: number } {
    const spread = Z95 * Math.sqrt(this.#variance.get(name) ?? 0);
    return {
      low: Math.max(0, Math.round(nano - spread - (this.#down.get(name) ?? 0))),
      high: Math.min(most, Math.round(nano + spread + (this.#up.get(name) ?? 0))),
    };
  }
}

const Z95 = 1.96;
/** Deviation of an exact edge: the wake tick comes 0.11 ms (p50) before the first callback, a turn's busy time has µs. */
const EXACT_NANO = 120_000;
