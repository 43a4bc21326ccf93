/** Which offsets [first, last] of a source partition form one batch. */
export interface Cut {
  readonly first: bigint;
  readonly last: bigint;
  /** Over how many servers its rows are spread: over the first ones, if there are more by now. 1: a single server. */
  readonly shards: number;
  /** Who decided it: equal to our own name only for cuts of this process. */
  readonly owner: string;
}
