/**
 * Which parts of a class to name. Each named part takes its pieces with it, so no time is named twice, and what is left
 * of the class is its rest.
 */
import type { Part, Piece } from "./parts.ts";
import { difference } from "./permutation.ts";

export interface Pick {
  readonly part: Part;
  readonly pieces: readonly Piece[];
  /** ns per row, of those pieces. */
  readonly values: Float64Array;
  readonly p: number;
}

export interface PickContext {
  readonly parts: readonly Part[];
  /** Corrected p of each part as a whole; what is not significant as a whole is never named. */
  readonly p: ArrayLike<number>;
  readonly rows: number;
  readonly slow: number;
  /** Corrected p of a difference that was formed after looking. */
  readonly pOf: (t: number) => number;
  readonly isSignificant: (p: number) => boolean;
  /** The means differ too: the interval of the difference leaves out 0. */
  readonly differs: (values: Float64Array) => boolean;
}

/** Named beside each other in one class, at most. */
const MOST = 5;
/** Of a class that differs, smaller parts are not worth a row. */
const LEAST_SHARE = 0.1;
/**
 * A callee is named instead of its caller when it carries this much of the difference: more than half, and it is rather
 * that than anything else. What it leaves is another row. Not more: of a function that calls built-ins in a tight loop V8
 * gives 15 to 20 % of the samples to its caller alone, and of one that was inlined up to half.
 */
const MOST_OF = 0.5;
/** Several callees stand for their caller when together they carry this much of its difference. */
const TOGETHER = 0.7;
/** Callees that stand for a caller together. */
const MOST_CALLEES = 3;

interface Measured {
  readonly id: number;
  /** ns per span, slow − baseline. */
  readonly delta: number;
  readonly total: number;
}

/** Differences of the parts that may be named, counting only the given pieces. */
function measure(pieces: readonly Piece[], context: PickContext): Measured[] {
  const { slow, rows, p } = context;
  const deltas = new Float64Array(p.length);
  const totals = new Float64Array(p.length);
  for (const { row, nano, parts } of pieces) {
    const delta = row < slow ? nano / slow : -nano / (rows - slow);
    for (const id of parts) {
      deltas[id]! += delta;
      totals[id]! += nano;
    }
  }
  const out: Measured[] = [];
  totals.forEach((total, id) => {
    if (total > 0 && context.isSignificant(p[id]!)) out.push({ id, delta: deltas[id]!, total });
  });
  return out;
}

function byDelta(a: Measured, b: Measured): number {
  return Math.abs(b.delta) - Math.abs(a.delta) || a.id - b.id;
}

/** The part within `pieces`, if it differs by more than chance there. */
function tryPick(id: number, pieces: readonly Piece[], context: PickContext): Pick | undefined {
  const own = pieces.filter((piece) => piece.parts.includes(id));
  const part = context.parts[id]!;
  const values = new Float64Array(context.rows);
  let total = 0;
  for (const { row, nano } of own) {
    values[row]! += nano;
    total += nano;
  }
  const p = total === part.total ? context.p[id]! : context.pOf(difference(values, context.slow));
  return context.isSignificant(p) && context.differs(values) ? { part, pieces: own, values, p } : undefined;
}

function without(pieces: readonly Piece[], picked: Pick): Piece[] {
  const taken = new Set(picked.pieces);
  return pieces.filter((piece) => !taken.has(piece));
}

/** The largest parts beside each other, each with at least `least` of the difference. */
function largest(
  pieces: readonly Piece[],
  context: PickContext,
  limit: number,
  accept: (measured: Measured) => boolean,
): Pick[] {
  const picks: Pick[] = [];
  let left = pieces;
  while (picks.length < limit) {
    let pick: Pick | undefined;
    for (const measured of measure(left, context).filter(accept).sort(byDelta)) {
      pick = tryPick(measured.id, left, context);
      if (pick !== undefined) break;
    }
    if (pick === undefined) break;
    picks.push(pick);
    left = without(left, pick);
  }
  return picks;
}

function deltaOf(values: Float64Array, slow: number): number {
  let first = 0;
  let second = 0;
  values.forEach((value, row) => {
    if (row < slow) first += value;
    else second += value;
  });
  return first / slow - second / (values.length - slow);
}

/** Says whose work held the loop. */
function isBlamed({ name }: Part): boolean {
  return name.kind === "blame" && name.work !== undefined;
}

/**
 * The most specific names for what `pick` carries. First down the chain: the smallest part with half of its difference.
 * Then, for functions, apart: up to three callees that carry 70 % together stand for it, each refined again.
 */
function refine(pick: Pick, context: PickContext): Pick[] {
  const delta = deltaOf(pick.values, context.slow);
  const blamed = isBlamed(pick.part);
  // Who is known to be to blame stays named: the top of the stack alone would be a smaller part.
  const enough = ({ id, delta: part }: Measured): boolean =>
    part / delta >= MOST_OF && (!blamed || isBlamed(context.parts[id]!));
  const chain = measure(pick.pieces, context)
    .filter(enough)
    .sort(
      (a, b) => a.total - b.total || context.parts[b.id]!.depth - context.parts[a.id]!.depth || a.id - b.id,
    );
  let node = pick;
  for (const { id } of chain) {
    const found = tryPick(id, pick.pieces, context);
    if (found === undefined) continue;
    node = found;
    break;
  }
  if (node.part.name.kind !== "function") return [node];
  const own = deltaOf(node.values, context.slow);
  // Judged by all of its pieces, not by what is left: else the function itself would stand for its own self time.
  const callees = new Set(
    measure(node.pieces, context)
      .filter(({ delta: part }) => part / own < MOST_OF)
      .map(({ id }) => id),
  );
  const apart = largest(
    node.pieces,
    context,
    MOST_CALLEES,
    ({ id, delta: part }) => callees.has(id) && part / own >= LEAST_SHARE,
  );
  const together = apart.reduce((sum, one) => sum + deltaOf(one.values, context.slow), 0);
  return apart.length > 1 && together / own >= TOGETHER
    ? apart.flatMap((one) => refine(one, context))
    : [node];
}

/** `classDelta`: that of the class when it differs by more than chance, else 0. */
export function pickParts(pieces: readonly Piece[], classDelta: number, context: PickContext): Pick[] {
  const least = LEAST_SHARE * Math.abs(classDelta);
  const picks: Pick[] = [];
  let left = pieces;
  for (let round = 0; round < MOST && picks.length < MOST; round++) {
    const [next] = largest(left, context, 1, ({ delta }) => delta !== 0 && Math.abs(delta) >= least);
    if (next === undefined) break;
    for (const pick of refine(next, context)) {
      picks.push(pick);
      left = without(left, pick);
    }
  }
  return picks;
}
