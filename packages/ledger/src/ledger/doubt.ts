import type { HoldBounds, Piece } from "./piece.ts";

export interface Precision {
  /** ± of both ends of the span, ns. */
  readonly bias: number;
  /** Every window has a journal, of a thread that had its processor for itself. */
  readonly exact: boolean;
}

/**
 * The 95 % interval of each class's sum. Binomial intervals are wrong: ticks are not independent, they show ±10–14 points
 * where the error is 2–4. What is uncertain:
 *
 * - An edge between two ticks lies anywhere between them: variance gap²/12, so runs · P²/6 for a class of that many runs.
 * - Exact edges (turns, waking, collections) are off by short macrotasks beside them that nobody lists.
 * - Both ends of a span are off alike, 0–1 ms: what one end gains the other loses.
 * - Turns that no tick fell into: their length is exact, whose they were is read off what they began with.
 * - Lost time may belong to either neighbour, whole: a bound, no variance. So may what was ready at an unknown moment.
 * - What no edge shows (a context lost between two ticks, a processor that the hypervisor took away): a share of the span, more
 *   without a journal or where the thread often loses its processor.
 *
 * The three constants are calibrated on recorded spans of known truth (`corpus.test.ts`).
 */
export class Doubt {
  readonly #variance = new Map<string, number>();
  readonly #up = new Map<string, number>();
  readonly #down = new Map<string, number>();
  readonly #anonymous = new Map<string, number>();
  #allAnonymous = 0;

  constructor(
    pieces: readonly Piece[],
    holds: readonly HoldBounds[],
    { bias, exact }: Precision,
    nameOf: (piece: Piece) => string,
  ) {
    const first = pieces[0];
    const last = pieces.at(-1);
    if (first === undefined || last === undefined) return;
    const hidden = ((exact ? HIDDEN_SHARE : UNJOURNALED_SHARE) * (last.end - first.start)) ** 2;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] as Piece;
      const before = pieces[i - 1];
      const behind = pieces[i + 1];
      const name = nameOf(piece);
      if (!this.#variance.has(name)) this.#variance.set(name, name === "unprofiled" ? 0 : hidden);
      if (before !== undefined) this.#edge(nameOf(before), name, piece.edge ** 2 / 3 + EXACT_NANO ** 2);
      const length = piece.end - piece.start;
      const anonymous = isAnonymous(piece);
      if (anonymous) {
        this.#allAnonymous += length;
        add(this.#anonymous, name, length);
      }
      for (const beside of [before, behind]) {
        if (beside === undefined) continue;
        const other = nameOf(beside);
        if (other === name) continue;
        if (anonymous) add(this.#anonymous, other, length);
      }
    }
    for (let i = 0; i < pieces.length; i++) {
      if ((pieces[i] as Piece).class !== "unprofiled") continue;
      const before = pieces[i - 1];
      const start = (pieces[i] as Piece).start;
      while (pieces[i + 1]?.class === "unprofiled") i++;
      const lost = (pieces[i] as Piece).end - start;
      const behind = pieces[i + 1];
      if (before !== undefined) add(this.#up, nameOf(before), lost);
      if (behind !== undefined && (before === undefined || nameOf(behind) !== nameOf(before)))
        add(this.#up, nameOf(behind), lost);
    }
    this.#edge(nameOf(first), nameOf(last), bias ** 2 / 3);
    for (const hold of holds) {
      add(this.#up, "loop.held", hold.high - hold.nano);
      add(this.#down, "loop.held", hold.nano - hold.low);
      add(this.#up, hold.instead, hold.nano - hold.low);
      add(this.#down, hold.instead, hold.high - hold.nano);
    }
  }

  #edge(from: string, to: string, variance: number): void {
    if (from === to) return;
    add(this.#variance, from, variance);
    add(this.#variance, to, variance);
  }

  /** low ≤ nano ≤ high, within 0 and `most`. */
  interval(name: string, nano: number, most: number): { readonly low: number; readonly high: number } {
    const anonymous = Math.min(this.#anonymous.get(name) ?? 0, this.#allAnonymous);
    const spread = Z95 * Math.sqrt(this.#variance.get(name) ?? 0) + ANONYMOUS_SHARE * anonymous;
    return {
      low: Math.max(0, Math.round(nano - spread - (this.#down.get(name) ?? 0))),
      high: Math.min(most, Math.round(nano + spread + (this.#up.get(name) ?? 0))),
    };
  }
}

const Z95 = 1.96;
const EXACT_NANO = 300_000;
const UNJOURNALED_SHARE = 0.015;
const ANONYMOUS_SHARE = 0.3;
const HIDDEN_SHARE = 0.0035;

function add(to: Map<string, number>, name: string, nano: number): void {
  if (nano > 0) to.set(name, (to.get(name) ?? 0) + nano);
}

function isAnonymous({ segment }: Piece): boolean {
  return segment !== undefined && segment.stack < 0 && (segment.kind === "js" || segment.kind === "runtime");
}
