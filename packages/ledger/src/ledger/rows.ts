import type { LedgerContext } from "../context.ts";
import type { Tick } from "../timeline/stream.ts";
import type { LedgerClass, LedgerRow, LedgerTop, WaitPart } from "../types.ts";
import { LEDGER_CLASSES, WAIT_PARTS } from "../types.ts";
import type { Analysis } from "./analysis.ts";
import { Doubt } from "./doubt.ts";
import type { Piece } from "./piece.ts";

/** One class (or part) while it is summed, over one span or several. */
interface Sum {
  nano: number;
  low: number;
  high: number;
  ticks: number;
  readonly stacks: Map<string, number>;
}

/** Sums pieces of one or several analyses into rows. */
export class Rows {
  readonly #classes = new Map<string, Sum>();
  readonly #parts = new Map<string, Sum>();
  #total = 0;

  /** @param pieces all of the analysis's, or those of a stretch of it. */
  add(
    analysis: Pick<Analysis, "timeline" | "holds" | "bias" | "pieces">,
    pieces: readonly Piece[] = analysis.pieces,
  ): void {
    const first = pieces[0];
    const last = pieces.at(-1);
    if (first === undefined || last === undefined) return;
    const length = last.end - first.start;
    this.#total += length;
    const holds = analysis.holds.filter((hold) => hold.end > first.start && hold.start < last.end);
    const precision = {
      bias: analysis.bias,
      exact: analysis.timeline.stretches.every((stretch) => stretch.journal && !stretch.contended),
    };
    const classDoubt = new Doubt(pieces, holds, precision, (piece) => piece.class);
    const partDoubt = new Doubt(pieces, [], precision, (piece) => piece.part ?? piece.class);
    const classes = new Map<string, Sum>();
    const parts = new Map<string, Sum>();
    const { timeline } = analysis;
    let tick = firstTick(timeline.ticks, first.start);
    for (const piece of pieces) {
      const nano = piece.end - piece.start;
      let ticks = 0;
      for (; tick < timeline.ticks.length; tick++) {
        if ((timeline.ticks[tick] as Tick).time >= piece.end) break;
        ticks++;
      }
      const sum = sumIn(classes, piece.class);
      sum.nano += nano;
      sum.ticks += ticks;
      const stack = piece.segment?.stack ?? -1;
      if (stack >= 0) {
        const id = timeline.stacks[stack] as string;
        sum.stacks.set(id, (sum.stacks.get(id) ?? 0) + nano);
      }
      if (piece.part !== undefined) {
        const part = sumIn(parts, piece.part);
        part.nano += nano;
        part.ticks += ticks;
      }
    }
    for (const name of LEDGER_CLASSES) merge(this.#classes, name, classes.get(name), classDoubt, length);
    for (const name of WAIT_PARTS) merge(this.#parts, name, parts.get(name), partDoubt, length);
  }

  /** Time of which nothing is known. */
  addUnprofiled(nano: number): void {
    this.#total += nano;
    const sum = sumIn(this.#classes, "unprofiled");
    sum.nano += nano;
    sum.high += nano;
  }

  /** Largest first; those without time at the end, if they may have some. */
  rows(context: LedgerContext): LedgerRow[] {
    const row = <Class extends LedgerClass | WaitPart>(name: Class, sum: Sum): LedgerRow<Class> => ({
      class: name,
      nano: sum.nano,
      share: this.#total === 0 ? 0 : sum.nano / this.#total,
      low: Math.min(sum.low, sum.nano),
      high: Math.max(sum.high, sum.nano),
      ticks: sum.ticks,
    });
    const rows: LedgerRow[] = [];
    for (const name of LEDGER_CLASSES) {
      const sum = this.#classes.get(name);
      if (sum === undefined || sum.high === 0) continue;
      const parts: LedgerRow<WaitPart>[] = [];
      if (name === "wait.child" && sum.nano > 0) {
        for (const part of WAIT_PARTS) {
          const found = this.#parts.get(part);
          if (found !== undefined && found.nano > 0) parts.push(row(part, found));
        }
      }
      const top = topOf(sum.stacks, context);
      rows.push({
        ...row(name, sum),
        ...(parts.length > 0 ? { parts } : {}),
        ...(top.length > 0 ? { top } : {}),
      });
    }
    return rows.sort((a, b) => b.nano - a.nano);
  }
}

function sumIn(sums: Map<string, Sum>, name: string): Sum {
  let sum = sums.get(name);
  if (sum === undefined) {
    sums.set(name, (sum = { nano: 0, low: 0, high: 0, ticks: 0, stacks: new Map() }));
  }
  return sum;
}

function merge(
  into: Map<string, Sum>,
  name: string,
  found: Sum | undefined,
  doubt: Doubt,
  most: number,
): void {
  const nano = found?.nano ?? 0;
  const { low, high } = doubt.interval(name, nano, most);
  if (nano === 0 && high === 0) return;
  const sum = sumIn(into, name);
  sum.nano += nano;
  sum.low += low;
  sum.high += high;
  sum.ticks += found?.ticks ?? 0;
  for (const [stack, each] of found?.stacks ?? []) sum.stacks.set(stack, (sum.stacks.get(stack) ?? 0) + each);
}

/** Index of the first tick at or behind `time`. */
export function firstTick(ticks: readonly Tick[], time: number): number {
  let low = 0;
  let high = ticks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ticks[middle] as Tick).time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function topOf(stacks: ReadonlyMap<string, number>, context: LedgerContext): LedgerTop[] {
  const frames = new Map<string, { nano: number; stack: string; most: number }>();
  for (const [stack, nano] of stacks) {
    const frame = context.frameOf?.(stack) ?? stack;
    const known = frames.get(frame);
    if (known === undefined) frames.set(frame, { nano, stack, most: nano });
    else {
      known.nano += nano;
      if (nano > known.most) {
        known.most = nano;
        known.stack = stack;
      }
    }
  }
  return [...frames]
    .map(([frame, { nano, stack }]) => ({ frame, stack, nano }))
    .sort((a, b) => b.nano - a.nano || (a.frame < b.frame ? -1 : 1))
    .slice(0, context.topLimit ?? 10);
}
