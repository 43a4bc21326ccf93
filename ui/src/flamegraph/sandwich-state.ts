/** Callers and callees of one function, as the address keeps them. */
export interface SandwichState {
  /** The function, by its key. */
  readonly sandwich?: string | undefined;
  /** Path keys (see tree.ts) in either tree, whose root is the function. */
  readonly callersZoom?: string | undefined;
  readonly callersAt?: string | undefined;
  readonly calleesZoom?: string | undefined;
  readonly calleesAt?: string | undefined;
}

/** Another function has other paths. */
export const sandwichOf = (key: string | undefined): Required<SandwichState> => ({
  sandwich: key,
  callersZoom: undefined,
  callersAt: undefined,
  calleesZoom: undefined,
  calleesAt: undefined,
});
