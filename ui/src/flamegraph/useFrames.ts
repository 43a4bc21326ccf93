import { useMemo, useRef } from "react";
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
  /** To what was zoomed to before: one step, whichever frames lie between. Nothing where all is shown. */
  readonly back: () => void;
} {
  const steps = useRef<readonly ZoomStep[]>([]);
  const paths = useMemo(() => pathIndex(tree), [tree]);
  const zoomed = useMemo(() => paths.nodeOf(state.zoom) ?? 0, [paths, state.zoom]);
  const selected = useMemo(() => paths.nodeOf(state.at) ?? first, [paths, state.at, first]);
  return {
    zoomed,
    selected,
    keyOf: paths.keyOf,
    select: useStable((node) => set({ at: paths.keyOf(node) })),
    // One change of the address: of two made at once the later would take back the earlier.
    zoom: useStable((node) => {
      const to = node === 0 ? undefined : paths.keyOf(node);
      steps.current = zoomSteps(steps.current, state.zoom, to);
      set(to === undefined ? { zoom: undefined } : { zoom: to, at: to });
    }),
    back: useStable(() => {
      if (zoomed === 0) return;
      const { from, rest } = stepBack(steps.current, state.zoom);
      steps.current = rest;
      set({ zoom: paths.nodeOf(from) === undefined ? undefined : from });
    }),
  };
}

/** Path keys; undefined: the whole tree. */
export interface ZoomStep {
  readonly from: string | undefined;
  readonly to: string;
}

/** The steps after another one. The root ends all of them, a frame that is shown in full already adds none. */
export function zoomSteps(
  steps: readonly ZoomStep[],
  from: string | undefined,
  to: string | undefined,
): readonly ZoomStep[] {
  if (to === undefined) return [];
  return from === to ? steps : [...steps, { from, to }];
}

/** Where the last step to `present` came from. Steps that led elsewhere are stale: the browser's own back went around them. */
export function stepBack(
  steps: readonly ZoomStep[],
  present: string | undefined,
): { readonly from: string | undefined; readonly rest: readonly ZoomStep[] } {
  const last = steps.findLastIndex(({ to }) => to === present);
  return { from: steps[last]?.from, rest: steps.slice(0, Math.max(0, last)) };
}
