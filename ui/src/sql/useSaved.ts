import { useState } from "react";
import { readSaved, type Saved } from "./saved.ts";

const place = "hotspan.sql.saved";

function read(): readonly Saved[] {
  try {
    return readSaved(localStorage.getItem(place));
  } catch {
    // No storage (private window).
    return [];
  }
}

/** The list, and how it is changed: from what is kept now, which another tab may have added to. */
export function useSaved(): readonly [
  list: readonly Saved[],
  change: (how: (list: readonly Saved[]) => readonly Saved[]) => void,
] {
  const [list, setList] = useState(read);
  const change = (how: (list: readonly Saved[]) => readonly Saved[]): void => {
    const kept = read();
    const next = how(kept.length > 0 ? kept : list);
    setList(next);
    try {
      localStorage.setItem(place, JSON.stringify(next));
    } catch {
      // It holds for this page.
    }
  };
  return [list, change];
}
