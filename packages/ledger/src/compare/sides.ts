import { LEDGER_CLASSES, type LedgerClass } from "../types.ts";
import { CompareError } from "./errors.ts";
import type { SpanVector } from "./vector.ts";

/** Both sides as rows: slow spans first. Sorted by id, so that the order of the input changes nothing. */
export interface Sides {
  readonly spans: readonly SpanVector[];
  readonly slow: number;
  readonly baseline: number;
  /** ns per row, by class in the order of LEDGER_CLASSES; a row's classes sum to its duration. */
  readonly classes: readonly Float64Array[];
  /** Spans that stood on both sides and were taken from the baseline. */
  readonly overlap: number;
}

const classIndex: ReadonlyMap<LedgerClass, number> = new Map(LEDGER_CLASSES.map((name, i) => [name, i]));

export function indexOfClass(name: LedgerClass): number {
  return classIndex.get(name)!;
}

function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function idOf(span: SpanVector): string {
  return `${span.traceId}/${span.spanId}`;
}

function distinct(
  spans: readonly SpanVector[],
  without: ReadonlyMap<string, SpanVector>,
): Map<string, SpanVector> {
  const sorted = spans
    .map((span) => ({ id: idOf(span), span }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const out = new Map<string, SpanVector>();
  for (const { id, span } of sorted) if (!without.has(id)) out.set(id, span);
  return out;
}

export function sidesOf(slow: readonly SpanVector[], baseline: readonly SpanVector[]): Sides {
  const first = distinct(slow, new Map());
  const second = distinct(baseline, first);
  const overlap = distinct(baseline, new Map()).size - second.size;
  const spans = [...first.values(), ...second.values()];
  const classes = LEDGER_CLASSES.map(() => new Float64Array(spans.length));
  spans.forEach((span, row) => {
    const bad = (what: string): CompareError =>
      new CompareError("HOTSPAN_COMPARE_BAD_VECTOR", `Span ${idOf(span)}: ${what}.`);
    if (!isTime(span.durationNano)) throw bad(`durationNano ${span.durationNano} is no integer ≥ 0`);
    let sum = 0;
    for (const [name, nano] of Object.entries(span.classes) as [LedgerClass, number][]) {
      const column = classIndex.get(name);
      if (column === undefined) throw bad(`no class is named ${name}`);
      if (!isTime(nano)) throw bad(`${name} ${nano} is no integer ≥ 0`);
      classes[column]![row] = nano;
      sum += nano;
    }
    if (sum > span.durationNano)
      throw bad(`its classes take ${sum - span.durationNano} ns longer than it did`);
    classes[indexOfClass("unprofiled")]![row]! += span.durationNano - sum;
    for (const { nano } of [...span.functions, ...span.blame, ...span.children]) {
      if (!isTime(nano)) throw bad(`part ${nano} is no integer ≥ 0`);
    }
  });
  return { spans, slow: first.size, baseline: second.size, classes, overlap };
}
