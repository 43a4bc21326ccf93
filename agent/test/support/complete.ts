import { expect } from "vitest";

type Numbered = readonly { readonly header: { readonly seq: number; readonly profileId: string } }[];

/**
 * Of a program that still runs: what was made earlier may come later, such as what one lease left to the next. What was under way when a
 * lease ended may come twice, as the same.
 */
export function isComplete(windows: Numbered): boolean {
  const seqs = new Set(windows.map(({ header }) => header.seq));
  const ids = new Set(windows.map(({ header }) => header.profileId));
  return ids.size === seqs.size && Math.max(...seqs) === seqs.size - 1;
}

/**
 * Of one thread: every window from the first on has come. What was under way when the process ended is sent once more, as the same,
 * and may come twice; two sends may overlap then, so the order in which they came is nothing to hold anybody to.
 */
export function expectComplete(windows: Numbered): void {
  const once = new Map(windows.map(({ header }) => [header.profileId, header.seq]));
  const seqs = [...once.values()].toSorted((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, index) => index));
}
