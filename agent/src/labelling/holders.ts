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

/** Contexts that were entered of late: bound listeners enter theirs again and again. */
const GENERATION = 64;

/**
 * Makes the holders, some 0.7 µs each and as much to collect. They are remembered for a while only, never on the context itself: the sampler
 * keeps what it holds alive as long as the holder lives, so a span that leads to its own context, as some SDKs have it,
 * would never be freed.
 */
export class Holders {
  readonly #book: SpanBook;
  readonly #counts: LabelCounts;
  #target: ContextTarget | undefined;
  #young = new Map<OtelContext, unknown>();
  #old = new Map<OtelContext, unknown>();

  constructor(book: SpanBook, counts: LabelCounts) {
    this.#book = book;
    this.#counts = counts;
  }

  connect(target: ContextTarget): void {
    this.#forget();
    this.#target = target;
    actAsContexts(target);
  }

  disconnect(): void {
    this.#target = undefined;
    this.#forget();
  }

  /** What to put into a frame for a context: itself, if there is nothing to label with. */
  of(store: OtelContext): unknown {
    const target = this.#target;
    const known = this.#young.get(store) ?? this.#old.get(store);
    if (known !== undefined && !anyUserLabels()) return known;
    const value = this.valueOf(store);
    if (target === undefined || sampleOf(value) === undefined) return store;
    this.#counts.writes++;
    const holder = target.createContextHolder(value);
    if (value !== store) return holder;
    if (this.#young.size >= GENERATION) this.age();
    this.#young.set(store, holder);
    return holder;
  }

  /** What a sample taken in this context shall carry. */
  valueOf(store: OtelContext): OtelContext | LabelledContext {
    const span = spanIn(store);
    if (span !== undefined && !this.#book.knows(span)) this.#book.enteredUnrecorded(span, store);
    const sample = sampleContext(span);
    return sample instanceof LabelledSpan ? new LabelledContext(store, sample) : store;
  }

  /** Forgets what was not entered for a while. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  #forget(): void {
    this.#young = new Map();
    this.#old = new Map();
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
