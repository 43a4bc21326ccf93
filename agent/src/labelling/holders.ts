import type { SpanBook } from "../otel/span-book.ts";
import type { OtelContext } from "../otel/types.ts";
import { spanIn } from "../otel/types.ts";
import type { ContextTarget, LabelCounts } from "./labeller.ts";
import type { SampleContext } from "./user-labels.ts";
import { anyUserLabels, sampleContext } from "./user-labels.ts";

/**
 * What lies in a frame: a field that the sampler's signal handler can read, which leads to what samples carry, and at 0 the
 * context. The sampler keeps alive what samples carry until V8 has noticed that the holder is gone, a collection later: so that is
 * the span's record, and neither the span nor the context, which is five times its size.
 */
interface Holder {
  0: OtelContext;
}

/** In the place of a span where there is none: a holder of nothing would be no holder. */
const NO_SPAN = {};

/** The context behind what lies in a frame: a holder, or a context that was put there without one. */
export function storeOf(raw: unknown): OtelContext | undefined {
  if (raw === undefined || raw === null) return undefined;
  return (raw as Partial<Holder>)[0] ?? (raw as OtelContext);
}

/** The same object for the same span and labels: samples are told apart by identity. */
export function sampleOf(stored: unknown): SampleContext {
  return stored === NO_SPAN ? undefined : (stored as SampleContext);
}

/**
 * Makes the holders, some 0.7 µs each. Only the latest is remembered: the listeners of a socket enter the same context again and
 * again. (Of the latest 64 no more were entered again, and those that survive a collection cost twice as much.) None
 * is kept on its context: the sampler keeps what it holds alive as long as the holder lives, so a span that leads to its own
 * context, as some SDKs have it, would never be freed.
 */
export class Holders {
  readonly #book: SpanBook;
  readonly #counts: LabelCounts;
  #target: ContextTarget | undefined;
  #latest: OtelContext | undefined;
  #holder: unknown;

  constructor(book: SpanBook, counts: LabelCounts) {
    this.#book = book;
    this.#counts = counts;
  }

  connect(target: ContextTarget): void {
    this.forget();
    this.#target = target;
    actAsContexts(target);
  }

  disconnect(): void {
    this.#target = undefined;
    this.forget();
  }

  /** What to put into a frame for a context: itself, if there is nothing to label with. */
  of(store: OtelContext): unknown {
    const plain = !anyUserLabels();
    if (store === this.#latest && plain) return this.#holder;
    const target = this.#target;
    const sample = this.sampleIn(store);
    if (target === undefined || sample === undefined) return store;
    this.#counts.writes++;
    const holder = target.createContextHolder(sample) as Holder;
    holder[0] = store;
    if (plain) {
      this.#latest = store;
      this.#holder = holder;
    }
    return holder;
  }

  /** Changes what the frame that runs carries, in place, if it is something else. */
  replace(target: ContextTarget, sample: SampleContext, store: OtelContext, rawStore: () => unknown): void {
    const carried = sample ?? NO_SPAN;
    if (target.context === carried) return;
    this.#counts.writes++;
    target.context = carried;
    (rawStore() as Holder)[0] = store;
  }

  /** What a sample taken in this context shall carry. */
  sampleIn(store: OtelContext): SampleContext {
    const span = spanIn(store);
    return sampleContext(span === undefined ? undefined : this.#book.entered(span, store));
  }

  /** Keeps nothing alive that the application has done with. */
  forget(): void {
    this.#latest = this.#holder = undefined;
  }
}

/**
 * Once labelling has ended, frames that are still under way hand out their holders as contexts, so they have to be some. All
 * holders of a sampler share a prototype that is theirs alone.
 */
function actAsContexts(target: ContextTarget): void {
  const prototype = Object.getPrototypeOf(target.createContextHolder(NO_SPAN)) as object;
  if (prototype === Object.prototype || "getValue" in prototype) return;
  const context = (holder: unknown): OtelContext => storeOf(holder) as OtelContext;
  Object.assign(prototype, {
    getValue(key: symbol) {
      return context(this).getValue(key);
    },
    setValue(key: symbol, value: unknown) {
      return context(this).setValue(key, value);
    },
    deleteValue(key: symbol) {
      return context(this).deleteValue(key);
    },
  } satisfies OtelContext);
}
