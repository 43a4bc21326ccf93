// The search one came from: links back to it keep its filters and its time. Kept per tab, over a reload too.
import { parseSearch, stringifySearch } from "./raw.ts";
import { type SearchState, validateSearch } from "./search.ts";

const place = "hotspan.search";
let last: SearchState | undefined;

export function rememberSearch(state: SearchState): void {
  last = state;
  try {
    sessionStorage.setItem(place, stringifySearch({ ...state }));
  } catch {
    // No storage: it holds until the page is read again.
  }
}

/** Empty where nothing was searched yet. */
export function lastSearch(): SearchState {
  if (last !== undefined) return last;
  let kept = "";
  try {
    kept = sessionStorage.getItem(place) ?? "";
  } catch {
    // As above.
  }
  last = validateSearch(parseSearch(kept));
  return last;
}
