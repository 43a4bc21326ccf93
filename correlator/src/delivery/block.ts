/** Which offsets [first, last] of a source partition form one batch. */
export interface Cut {
  readonly first: bigint;
  readonly last: bigint;
  /** Who decided it: equal to our own name only for cuts of this process. */
  readonly owner: string;
}
