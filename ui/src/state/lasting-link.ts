import { parseSearch, stringifySearch } from "./raw.ts";
import type { TimeRange } from "./range.ts";

/** The address for somebody who opens it later: "the last hour" as the instants it means now. */
export function lastingLink(href: string, { from, to }: TimeRange): string {
  const url = new URL(href);
  const { range: _, ...search } = parseSearch(url.search);
  return `${url.origin}${url.pathname}${stringifySearch({ ...search, from, to })}${url.hash}`;
}
