import type { SpanBook } from "../otel/span-book.ts";
import type { OtelContext } from "../otel/types.ts";
import { spanIn } from "../otel/types.ts";
import type { ContextTarget, LabelCounts } from "./labeller.ts";
import type { SampleContext } from "./user-labels.ts";
import { anyUserLabels, LabelledSpan, sampleContext } from "./user-labels.ts";

/** A context under user labels. */
class LabelledContext {
  readonly store: OtelContext;
  readonly sample: LabelledSpan;

  constructor(store: OtelContext, sample: LabelledSpan) {
    this.store = store;
    this.sample = sample;
  }
}

/** What a sample carries. */
export type Held = OtelContext | LabelledContext | undefined;

/** The sampler's object: an internal field that its signal handler can read, and at 0 what it holds. */
type Holder = Readonly<Record<0, OtelContext | LabelledContext>>;

/** The context behind what lies in a frame: a holder, or a context that was put there without one. */
export function storeOf(raw: unknown): OtelContext | undefined {
  if (raw === undefined || raw === null) return undefined;
  const held = (raw as Partial<Holder>)[0];
  if (held === undefined) return raw as OtelContext;
  return held instanceof LabelledContext ? held.store : held;
}

export function sampleOf(held: Held): SampleContext {
  return held instanceof LabelledContext ? held.sample : spanIn(held);
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
    if (store === this.#latest && !anyUserLabels()) return this.#holder;
    const target = this.#target;
    const value = this.valueOf(store);
    if (target === undefined || sampleOf(value) === undefined) return store;
    this.#counts.writes++;
    const holder = target.createContextHolder(value);
    if (value === store) {
      this.#latest = store;
      this.#holder = holder;
    }
    return holder;
  }

  /** What a sample taken in this context shall carry. */
  valueOf(store: OtelContext): OtelContext | LabelledContext {
    const span = spanIn(store);
    if (span !== undefined && !this.#book.knows(span)) this.#book.enteredUnrecorded(span, store);
    const sample = sampleContext(span);
    return sample instanceof LabelledSpan ? new LabelledContext(store, sample) : store;
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
  const prototype = Object.getPrototypeOf(target.createContextHolder({})) as object;
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
