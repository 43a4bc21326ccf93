import { AsyncResource } from "node:async_hooks";
import { beforeContinuations, beforeMacrotasks } from "../before-hook.ts";
import { debug } from "../log.ts";
import type { SpanBook } from "../otel/span-book.ts";
import type { ContextStorage, OtelContext } from "../otel/types.ts";
import { Holders, sampleOf, storeOf } from "./holders.ts";
import type { ContextTarget, LabelCounts, Labeller } from "./labeller.ts";
import type { SampleContext } from "./user-labels.ts";

const CATCH_UP_MILLIS = 300;
/** A request that waits for longer than this before it goes on stays unlabelled until it makes a span. */
const MOST_CATCH_UP_MILLIS = 30_000;

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
  readonly #storage: ContextStorage;
  readonly #book: SpanBook;
  #target: ContextTarget | undefined;
  #catchingUp: (() => void) | undefined;

  constructor(storage: ContextStorage, book: SpanBook) {
    this.#storage = storage;
    this.#book = book;
    this.frameKey = storage;
    this.#holders = new Holders(book, this.counts);
    const { enterWith, getStore } = storage;
    const rawStore = (): unknown => getStore.call(storage);
    const enter = (value: unknown): void => enterWith.call(storage, value as OtelContext);
    const held = (store: OtelContext): unknown => this.#held(store);
    const fillIfCatchingUp = (): void => {
      if (this.#catchingUp !== undefined) this.refresh();
    };
    const patches: Partial<ContextStorage> = {
      getStore: () => storeOf(rawStore()),
      enterWith: (store) => enter(held(store)),
      run(store, fn, ...args) {
        const before = rawStore();
        if (Object.is(storeOf(before), store)) {
          fillIfCatchingUp();
          return fn(...args);
        }
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
    this.#catchingUp?.();
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
      const sample = this.#holders.sampleIn(store);
      if (raw === store && sample === undefined) return;
      this.#holders.replace(target, sample, store, this.#rawStore);
    } catch (error) {
      this.#fail(error);
    }
  }

  resolve(stored: unknown): SampleContext {
    return sampleOf(stored);
  }

  windowTaken(): void {
    this.#holders.forget();
  }

  /**
   * Frames of requests that run already hold plain contexts: holders are put in wherever they are met, for as long as the
   * book knows of such requests: by a hook on every continuation, some 80 ns each (on macrotasks only, for a moment, if it knows
   * of none: some may not be recorded); in `runInAsyncScope`, which enters its frame after the hook; and where OpenTelemetry is
   * asked for the active context, since of an `await` that began before the hook the hook does not hear.
   */
  catchUp(): void {
    if (this.#target === undefined) return;
    this.#catchingUp?.();
    const began = performance.now();
    this.#book.mark();
    const fill = (): void => {
      if (this.#target?.context === undefined) this.refresh();
    };
    const hook = this.#book.hasOlder() ? beforeContinuations(fill) : beforeMacrotasks(fill);
    hook.enable();
    const restore = [fillInScopes(fill), this.#fillWhenAsked(fill)];
    const timer = setInterval(() => {
      if (!this.#book.hasOlder() || performance.now() - began > MOST_CATCH_UP_MILLIS) end();
    }, CATCH_UP_MILLIS).unref();
    const end = (): void => {
      clearInterval(timer);
      hook.disable();
      for (const back of restore) back();
      this.#catchingUp = undefined;
    };
    this.#catchingUp = end;
  }

  #fillWhenAsked(fill: () => void): () => void {
    const storage = this.#storage;
    const before = storage.getStore;
    const asked: ContextStorage["getStore"] = () => {
      const store = this.active();
      if (store !== undefined) fill();
      return store;
    };
    storage.getStore = asked;
    return () => {
      if (storage.getStore === asked) storage.getStore = before;
    };
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

type RunInScope = (this: AsyncResource, fn: (...args: unknown[]) => unknown, ...rest: unknown[]) => unknown;

function fillInScopes(fill: () => void): () => void {
  const prototype = AsyncResource.prototype;
  const original = Reflect.get(prototype, "runInAsyncScope") as RunInScope;
  const patched: RunInScope = function (fn, ...rest) {
    return original.call(
      this,
      function (this: unknown, ...args) {
        fill();
        return fn.apply(this, args);
      },
      ...rest,
    );
  };
  Reflect.set(prototype, "runInAsyncScope", patched);
  return () => {
    if (Reflect.get(prototype, "runInAsyncScope") === patched)
      Reflect.set(prototype, "runInAsyncScope", original);
  };
}
