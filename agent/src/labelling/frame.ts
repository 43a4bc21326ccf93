import { createHook } from "node:async_hooks";
import { debug } from "../log.ts";
import type { SpanBook } from "../otel/span-book.ts";
import type { ContextStorage, OtelContext } from "../otel/types.ts";
import { type Held, Holders, sampleOf, storeOf } from "./holders.ts";
import type { ContextTarget, LabelCounts, Labeller } from "./labeller.ts";
import type { SampleContext } from "./user-labels.ts";

const CATCH_UP_MILLIS = 300;

/**
 * AsyncContextFrame: V8 carries a map from storages to their values along with every continuation, and the sampler looks its
 * context up in that map. It is told to look under OpenTelemetry's own storage, where each context lies in a holder that the
 * sampler can read. So a sample carries whatever context is in force, exactly, and keeping it up to date costs one holder per
 * context: no second entry that every frame has to copy, no call when a context is left again. (A label of its own, set at
 * each entry and each exit, took 14 calls for an HTTP request with three spans; this takes three.)
 *
 * Whoever asks the storage gets the context itself, as before. Of the ticks that V8 gives a context for, 100 % carry the right
 * span.
 */
export class FrameLabeller implements Labeller {
  readonly path = "frame";
  readonly frameKey: object;
  onBefore: undefined;
  readonly counts: LabelCounts = { reads: 0, writes: 0 };
  readonly #holders: Holders;
  /** The storage's own, which know nothing of holders. */
  readonly #rawStore: () => unknown;
  readonly #restore: () => void;
  #target: ContextTarget | undefined;

  constructor(storage: ContextStorage, book: SpanBook) {
    this.frameKey = storage;
    this.#holders = new Holders(book, this.counts);
    const { enterWith, getStore } = storage;
    const rawStore = (): unknown => getStore.call(storage);
    const enter = (value: unknown): void => enterWith.call(storage, value as OtelContext);
    const held = (store: OtelContext): unknown => this.#held(store);
    const patches: Partial<ContextStorage> = {
      getStore: () => storeOf(rawStore()),
      enterWith: (store) => enter(held(store)),
      run(store, fn, ...args) {
        const before = rawStore();
        if (Object.is(storeOf(before), store)) return fn(...args);
        enter(held(store));
        try {
          return fn(...args);
        } finally {
          // The holder of the context that is back is there already.
          enter(before);
        }
      },
    };
    Object.assign(storage, patches);
    this.#rawStore = rawStore;
    this.#restore = () => {
      // Only what nobody patched after us. Frames that are on their way keep their holders, which serve as contexts.
      for (const [name, patched] of Object.entries(patches))
        if (Reflect.get(storage, name) === patched) Reflect.deleteProperty(storage, name);
    };
  }

  connect(target: ContextTarget): void {
    this.#target = target;
    this.#holders.connect(target);
    this.refresh();
  }

  disconnect(): void {
    this.#target = undefined;
    this.#holders.disconnect();
    this.#restore();
  }

  active(): OtelContext | undefined {
    return storeOf(this.#rawStore());
  }

  /** In place: whatever else runs in this frame has the same labels. */
  refresh(): void {
    const target = this.#target;
    const raw = this.#rawStore();
    const store = storeOf(raw);
    if (target === undefined || store === undefined) return;
    try {
      const value = this.#holders.valueOf(store);
      if (target.context === value || (raw === store && sampleOf(value) === undefined)) return;
      this.counts.writes++;
      target.context = value;
    } catch (error) {
      this.#fail(error);
    }
  }

  resolve(stored: unknown): SampleContext {
    return sampleOf(stored as Held);
  }

  windowTaken(): void {
    this.#holders.forget();
  }

  /** Requests that were running already have plain contexts in their frames. */
  catchUp(): void {
    const target = this.#target;
    if (target === undefined) return;
    const hook = createHook({
      before: () => {
        if (target.context === undefined) this.refresh();
      },
    }).enable();
    setTimeout(() => hook.disable(), CATCH_UP_MILLIS).unref();
  }

  #held(store: OtelContext): unknown {
    if (this.#target === undefined) return store;
    this.counts.reads++;
    try {
      return this.#holders.of(store);
    } catch (error) {
      this.#fail(error);
      return store;
    }
  }

  #fail(error: unknown): void {
    this.#target = undefined;
    debug("labelling stopped", error);
  }
}
