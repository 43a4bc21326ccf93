import { notifyManager, type Query, type QueryCache, useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";

/** What is read at the moment: what a bar tells people of, and anything at all, for which pictures of a page wait. */
export interface Reading {
  readonly told: boolean;
  readonly any: boolean;
}

/**
 * Checks that run by themselves (`meta.quiet`) are neither; parts of a page (`meta.part`) are not told of. Not by TanStack's
 * `useIsFetching`, which looks at every query that is kept whenever one of them changes: thousands, where each row has one.
 */
export function useReading(): Reading {
  const client = useQueryClient();
  const [book] = useState(() => new ReadingBook(client.getQueryCache()));
  return useSyncExternalStore(book.subscribe, book.now);
}

export class ReadingBook {
  readonly #cache: QueryCache;
  readonly #running = new Set<Query>();
  #seen: Reading = { told: false, any: false };

  constructor(cache: QueryCache) {
    this.#cache = cache;
  }

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#running.clear();
    for (const query of this.#cache.getAll()) this.#note(query);
    const changed = notifyManager.batchCalls(onChange);
    return this.#cache.subscribe(({ type, query }) => {
      if (type === "removed") this.#running.delete(query);
      else this.#note(query);
      changed();
    });
  };

  /** The same object until something changes. */
  readonly now = (): Reading => {
    let [told, any] = [false, false];
    for (const { meta } of this.#running) {
      if (meta?.["quiet"] !== true) told = true;
      if (told || meta?.["part"] === true) any = true;
      if (told) break;
    }
    if (told !== this.#seen.told || any !== this.#seen.any) this.#seen = { told, any };
    return this.#seen;
  };

  #note(query: Query): void {
    if (query.state.fetchStatus === "fetching") this.#running.add(query);
    else this.#running.delete(query);
  }
}
