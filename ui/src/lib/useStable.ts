import { useCallback, useLayoutEffect, useRef } from "react";

/** The same function at every render, which does what the latest one given does: for handlers of memoised components. */
export function useStable<A extends unknown[], R>(handler: (...args: A) => R): (...args: A) => R {
  const latest = useRef(handler);
  useLayoutEffect(() => {
    latest.current = handler;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
