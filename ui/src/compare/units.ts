// Values of a comparison in words: per span, per second, or as shares.
import { bytes, count, duration, ms, msUnit, percent } from "../lib/format.ts";
import { signed } from "../lib/signed.ts";
import type { Normalise } from "../state/compare.ts";

export interface DiffUnit {
  /** `ms per span`: for heads of tables. */
  readonly head: string;
  /** `per span`; empty for shares. */
  readonly per: string;
  /** A column's number: its head names the unit. */
  readonly cell: (value: number) => string;
  /** With its unit, for drawings and tooltips. */
  readonly words: (value: number) => string;
  /** For sentences: whole, without a sign. */
  readonly amount: (value: number) => string;
}

const perWords: Readonly<Record<Normalise, string>> = {
  per_span: "per span",
  per_second: "per second",
  share: "",
};

/** `unit` as the API names it: `nanoseconds_per_span`, `bytes_per_second`, `share`. */
export function unitOf(unit: string): DiffUnit {
  if (unit === "share") {
    return {
      head: "%",
      per: "",
      cell: (value) => (value * 100).toFixed(1),
      words: (value) => percent(value),
      amount: (value) => `${(Math.abs(value) * 100).toFixed(1)} points`,
    };
  }
  const per = perWords[unit.endsWith("per_second") ? "per_second" : "per_span"];
  if (unit.startsWith("nanoseconds")) {
    return {
      head: `ms ${per}`,
      per,
      cell: ms,
      words: msUnit,
      // Below 10 ms a whole number would round a third away.
      amount: (value) => (Math.abs(value) < 10e6 ? msUnit(Math.abs(value)) : duration(Math.abs(value))),
    };
  }
  if (unit.startsWith("bytes")) {
    return {
      head: `KiB ${per}`,
      per,
      cell: (value) => (value / 1024).toFixed(1),
      words: bytes,
      amount: (value) => bytes(Math.abs(value)),
    };
  }
  return { head: per, per, cell: count, words: count, amount: (value) => count(Math.abs(value)) };
}

/** Whether a column would show it as zero. */
export const isNothing = (unit: DiffUnit, value: number): boolean => unit.cell(value) === unit.cell(0);

/** `+53.0 ms`, `−2.4 ms`; what is rounded to zero has no sign. */
export const changeWords = (unit: DiffUnit, delta: number): string =>
  signed(unit.words(Math.abs(delta)), delta);

/** As a column's number. */
export const changeCell = (unit: DiffUnit, delta: number): string =>
  signed(unit.cell(Math.abs(delta)), delta);
