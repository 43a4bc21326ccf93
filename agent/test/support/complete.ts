import { expect } from "vitest";

/**
 * Of one thread: every window from the first on has come, once. At the end of a process two sends may overlap, so the order in
 * which they came is nothing to hold anybody to.
 */
export function expectComplete(windows: readonly { readonly header: { readonly seq: number } }[]): void {
  const seqs = windows.map(({ header }) => header.seq).toSorted((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, index) => index));
}
