import { expect } from "vitest";

type Numbered = readonly { readonly header: { readonly seq: number; readonly profileId: string } }[];

/** Of a program that still runs: what was made earlier may come later, such as what one lease left to the next. */
export function isComplete(windows: Numbered): boolean {
  const seqs = new Set(windows.map(({ header }) => header.seq));
  const ids = new Set(windows.map(({ header }) => header.profileId));
  return ids.size === seqs.size && Math.max(...seqs) === seqs.size - 1;
}

/**
 * Of one thread: every window from the first on has come. Two sends may overlap when a process ends, so the order in which they came is
 * nothing to hold anybody to.
 */
export function expectComplete(windows: Numbered): void {
  const seqs = windows.map(({ header }) => header.seq).toSorted((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, index) => index));
}
