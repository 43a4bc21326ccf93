// "The last hour" ends at an instant that stays put until someone asks for newer data: results must not move
// under the reader, and equal questions must be equal queries.
import { useSyncExternalStore } from "react";

let anchor = Date.now();
const listeners = new Set<() => void>();

export function refreshNow(): void {
  anchor = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, () => anchor);
}
