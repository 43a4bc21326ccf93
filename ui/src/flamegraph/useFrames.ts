import { useMemo } from "react";
import { useStable } from "../lib/useStable.ts";
import { type FlameTree, pathIndex } from "./tree.ts";

/** Path keys, see tree.ts. */
export interface Place {
  readonly zoom?: string | undefined;
  readonly at?: string | undefined;
}

/** The frame zoomed to and the frame selected, as the address keeps them: by path, so that they outlive a filter. */
export function useFrames(
  tree: FlameTree,
  state: Place,
  /** Selected where the address names none. */
  first: number,
  set: (change: Place) => void,
): {
  readonly zoomed: number;
  readonly selected: number;
  readonly select: (node: number) => void;
  readonly keyOf: (node: number) => string | undefined;
  /** The frame is selected as well; the root zooms out and leaves the selection where it is. */
  readonly zoom: (node: number) => void;
} {
  const paths = useMemo(() => pathIndex(tree), [tree]);
  const zoomed = useMemo(() => paths.nodeOf(state.zoom) ?? 0, [paths, state.zoom]);
  const selected = useMemo(() => paths.nodeOf(state.at) ?? first, [paths, state.at, first]);
  return {
    zoomed,
    selected,
    keyOf: paths.keyOf,
    select: useStable((node) => set({ at: paths.keyOf(node) })),
    // One change of the address: of two made at once the later would take back the earlier.
    zoom: useStable((node) =>
      set(node === 0 ? { zoom: undefined } : { zoom: paths.keyOf(node), at: paths.keyOf(node) }),
    ),
  };
}
