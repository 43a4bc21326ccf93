// What of a result can be drawn: numbers over time, or numbers of named things.
import type { SqlAnswer } from "../api/types.ts";
import { linearTicks } from "../lib/scale.ts";
import { cellText, isNumeric } from "./cells.ts";

export interface ChartLine {
  readonly name: string;
  /** x in Unix ms, ascending. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export type Chart =
  | { readonly kind: "time"; readonly lines: readonly ChartLine[]; readonly more: number }
  | {
      readonly kind: "bars";
      readonly measure: string;
      readonly bars: readonly { readonly name: string; readonly value: number }[];
      readonly more: number;
    };

const mostLines = 8;
const mostBars = 30;

const isTime = (type: string): boolean => /^(Nullable\(|LowCardinality\()*Date(Time)?(32|64)?\b/.test(type);
const isText = (type: string): boolean =>
  /^(Nullable\(|LowCardinality\()*(String|FixedString|Enum|UUID|IPv)/.test(type);

/** `2026-11-23 09:00:00.5`, UTC, in Unix ms. */
function timeOf(text: unknown): number {
  const iso = String(text).replace(" ", "T");
  return Date.parse(iso.includes("T") ? `${iso.slice(0, 23)}Z` : `${iso}T00:00:00Z`);
}

/** Undefined: a table says it better. */
export function chartOf({ columns, rows }: SqlAnswer): Chart | undefined {
  const time = columns.findIndex(({ type }) => isTime(type));
  const numbers = columns.flatMap(({ type }, i) => (isNumeric(type) ? [i] : []));
  const names = columns.flatMap(({ type }, i) => (isText(type) ? [i] : []));
  if (numbers.length === 0 || rows.length < 2) return undefined;
  const nameOf = (row: readonly unknown[]): string =>
    names.map((i) => cellText(row[i], columns[i]?.type ?? "")).join(" · ");
  if (time >= 0) return overTime(time, numbers, nameOf);
  if (names.length === 0) return undefined;
  const measure = numbers[0] as number;
  const bars = rows.map((row) => ({ name: nameOf(row), value: Number(row[measure] ?? 0) }));
  return {
    kind: "bars",
    measure: columns[measure]?.name ?? "",
    bars: bars.slice(0, mostBars),
    more: Math.max(0, bars.length - mostBars),
  };

  function overTime(
    at: number,
    measures: readonly number[],
    name: (row: readonly unknown[]) => string,
  ): Chart {
    const lines = new Map<string, [number, number][]>();
    for (const row of rows) {
      const x = timeOf(row[at]);
      if (Number.isNaN(x)) continue;
      for (const i of measures) {
        const own = [name(row), measures.length > 1 ? columns[i]?.name : ""].filter(Boolean).join(" · ");
        const key = own === "" ? (columns[i]?.name ?? "") : own;
        const line = lines.get(key) ?? [];
        line.push([x, Number(row[i] ?? 0)]);
        lines.set(key, line);
      }
    }
    const sum = (points: readonly (readonly [number, number])[]): number =>
      points.reduce((all, [, y]) => all + Math.abs(y), 0);
    const sorted = [...lines]
      .map(([key, points]) => ({ name: key, points: points.toSorted((a, b) => a[0] - b[0]) }))
      .toSorted((a, b) => sum(b.points) - sum(a.points));
    return { kind: "time", lines: sorted.slice(0, mostLines), more: Math.max(0, sorted.length - mostLines) };
  }
}

/** An axis that begins and ends at a round value, so that no peak touches its end unseen. */
export function roundAxis(
  least: number,
  most: number,
  about: number,
): { readonly low: number; readonly high: number; readonly ticks: readonly number[] } {
  const [first = 0, second] = linearTicks(least, most, about);
  if (second === undefined) return { low: 0, high: 1, ticks: [0, 1] };
  const step = second - first;
  const round = (value: number): number => Number(value.toPrecision(12));
  const low = round(Math.floor(least / step + 1e-9) * step);
  const high = round(Math.ceil(most / step - 1e-9) * step);
  const count = Math.round((high - low) / step) + 1;
  return { low, high, ticks: Array.from({ length: count }, (_, i) => round(low + i * step)) };
}
