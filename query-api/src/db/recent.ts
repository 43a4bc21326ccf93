import { LRUCache } from "lru-cache";
import type { WindowFact } from "../trace/coverage.ts";
import type { SamplePlace } from "./samples.ts";
import type { SpanCore } from "./spans.ts";
import type { Store } from "./store.ts";

/** What was read of a store a moment ago; those asked for longest ago make room. */
export interface Recent {
  /**
   * Slim spans of traces that are not written to any more. A page asks for one trace five times in a row; spans that come later
   * still are seen after half a minute.
   */
  readonly traces: LRUCache<string, readonly SpanCore[]>;
  /** Where the samples of those traces lie. */
  readonly places: LRUCache<string, readonly SamplePlace[]>;
  /** What windows of ten minutes of a process say of themselves, by `instance/slot`, once nothing new is expected of them. */
  readonly facts: LRUCache<string, readonly (WindowFact & LaneOf)[]>;
  /** RowBinary of windows, by their key. They do not change; what a deletion took out of them is gone after five minutes. */
  readonly windows: LRUCache<string, Uint8Array>;
  /** What spans and their processes say of themselves, by `trace/span`. */
  readonly attributes: LRUCache<string, Attributes>;
}

type Attributes = Readonly<Record<string, string>>;

interface LaneOf {
  readonly instance: string;
  readonly thread: number;
}

/** About 1 kB each. */
const MAX_SPANS = 50_000;
/** About 100 bytes each. */
const MAX_PLACES = 100_000;
/** About 200 bytes each. */
const MAX_FACTS = 100_000;
/** About 1 kB each. */
const MAX_ATTRIBUTES = 20_000;
/** Those of a dozen root causes. */
const MAX_WINDOW_BYTES = 96_000_000;

const ofStore = new WeakMap<Store, Recent>();

export function recentOf(store: Store): Recent {
  let recent = ofStore.get(store);
  if (recent === undefined) ofStore.set(store, (recent = newRecent()));
  return recent;
}

function newRecent(): Recent {
  return {
    traces: new LRUCache({
      maxSize: MAX_SPANS,
      maxEntrySize: MAX_SPANS / 10,
      // An empty one takes room as well.
      sizeCalculation: (cores) => cores.length + 1,
      ttl: 30_000,
    }),
    places: new LRUCache({
      maxSize: MAX_PLACES,
      sizeCalculation: (places) => places.length + 1,
      ttl: 30_000,
    }),
    facts: new LRUCache({
      maxSize: MAX_FACTS,
      sizeCalculation: (facts) => facts.length + 1,
      ttl: 30_000,
    }),
    windows: new LRUCache({
      maxSize: MAX_WINDOW_BYTES,
      sizeCalculation: (rows) => rows.length + 1,
      ttl: 300_000,
    }),
    attributes: new LRUCache({ max: MAX_ATTRIBUTES, ttl: 300_000 }),
  };
}
