// A ledger as what is drawn: segments of a bar with their intervals, rows of the table, sums in words. Pure.
import type { Ledger, LedgerClass, LedgerRow } from "../api/ledger-types.ts";
import { ms } from "../lib/format.ts";
import { classOrder, legendWords } from "./classes.ts";
import { functionWords } from "../text/function-words.ts";
import { isWide } from "./interval.ts";
import { heldByName, type Own } from "./holders.ts";

export interface BarSegment {
  readonly class: LedgerClass;
  readonly nano: number;
  /** Per cent of the bar's scale. */
  readonly left: number;
  readonly width: number;
}

type Amount = { readonly class: LedgerClass; readonly nano: number };

/** Segments one after the other on a scale of `whole` nanoseconds. Empty classes have none. */
export function segmentsOf(rows: readonly Amount[], whole: number): readonly BarSegment[] {
  let left = 0;
  return rows.flatMap((row) => {
    if (row.nano <= 0 || !(whole > 0)) return [];
    const width = (row.nano / whole) * 100;
    const segment = { class: row.class, nano: row.nano, left, width };
    left += width;
    return [segment];
  });
}

const place = new Map(classOrder.map((name, index) => [name, index]));
const placeOf = (name: LedgerClass): number => place.get(name) ?? classOrder.length;

/** For bars under each other: each class at its place. */
export const inClassOrder = <T extends { readonly class: LedgerClass }>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => placeOf(a.class) - placeOf(b.class));

/** For one ledger: the largest first, equal ones in class order. */
export const largestFirst = <T extends Amount>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => b.nano - a.nano || placeOf(a.class) - placeOf(b.class));

export interface Bracket {
  readonly class: LedgerClass;
  readonly left: number;
  readonly width: number;
}

// A bracket under a sliver would say more than can be seen.
const leastShare = 0.04;

/** Where the right edge of each segment may lie with 95 %, in per cent of the bar. */
export function bracketsOf(rows: readonly LedgerRow[], whole: number): readonly Bracket[] {
  let start = 0;
  return rows.flatMap((row) => {
    const from = Math.max(0, ((start + row.low) / whole) * 100);
    const to = Math.min(100, ((start + row.high) / whole) * 100);
    const edge = start + row.nano;
    start = edge;
    const drawn =
      row.nano >= leastShare * whole && !isWide(row) && edge < whole * 0.9995 && to - from >= 0.15;
    return drawn ? [{ class: row.class, left: from, width: to - from }] : [];
  });
}

/** What a row mostly was, where the ledger knows. */
export function mostly(
  row: LedgerRow,
  ledger: Pick<Ledger, "blame" | "children" | "coverage">,
  own?: Own,
): string | undefined {
  if (row.class === "loop.held") {
    const most = heldByName(ledger.blame, own)[0];
    return most === undefined ? undefined : `${most.words} ${ms(most.nano)}`;
  }
  if (row.class === "wait.child") {
    const remote = ledger.children
      .filter((child) => child.remoteNano !== null && child.remoteNano > 0)
      .toSorted((a, b) => (b.remoteNano ?? 0) - (a.remoteNano ?? 0))
      .slice(0, 2);
    const known = remote.reduce((sum, one) => sum + (one.remoteNano ?? 0), 0);
    if (known >= 0.1 * row.nano)
      return remote.map((one) => `${one.name} ${ms(one.remoteNano ?? 0)}`).join(", ");
    const longest = ledger.children.toSorted((a, b) => b.openNano - a.openNano)[0];
    return longest === undefined ? undefined : `${longest.name}, open ${ms(longest.openNano)}`;
  }
  if (row.class === "unprofiled" && ledger.coverage.lostTicks > 0) {
    return `${ledger.coverage.lostTicks} ${ledger.coverage.lostTicks === 1 ? "tick" : "ticks"} lost`;
  }
  const top = row.top?.[0];
  return top === undefined ? undefined : `${functionWords(top.frame).short} ${ms(top.nano)}`;
}

/** `own code 598.2, loop held 199.7 ms`: a bar for those who do not see it. */
export function amountsInWords(rows: readonly Amount[]): string {
  const parts = largestFirst(rows)
    .filter((row) => row.nano > 0)
    .map((row) => `${legendWords(row.class)} ${ms(row.nano)}`);
  return parts.length === 0 ? "nothing" : `${parts.join(", ")} ms`;
}

/** The rows and, as unprofiled, what they leave of `whole`: where a root is missing, a ledger covers a part only. */
export function upTo(rows: readonly Amount[], whole: number): readonly Amount[] {
  const rest = whole - rows.reduce((sum, row) => sum + row.nano, 0);
  if (rest <= 0) return rows;
  const unseen = rows.find((row) => row.class === "unprofiled")?.nano ?? 0;
  return [...rows.filter((row) => row.class !== "unprofiled"), { class: "unprofiled", nano: unseen + rest }];
}

/** All of the time, or nearly, is time nobody saw. */
export function isUnseen(rows: readonly Amount[], whole: number): boolean {
  const unseen = rows.find((row) => row.class === "unprofiled")?.nano ?? 0;
  return whole > 0 && unseen >= 0.95 * whole;
}
