import { AsyncResource, createHook, executionAsyncResource } from "node:async_hooks";
import { debug } from "../log.ts";
import type { SpanBook } from "../otel/span-book.ts";
import type { ContextManager, OtelContext } from "../otel/types.ts";
import { spanIn } from "../otel/types.ts";
import type { ContextTarget, LabelCounts, Labeller } from "./labeller.ts";
import type { SampleContext } from "./user-labels.ts";
import { sampleContext } from "./user-labels.ts";

type RunInScope = (this: AsyncResource, ...args: unknown[]) => unknown;

/** What the sampler points at: samples taken while it is current share it, so it may change only between samples. */
interface Holder {
  context: SampleContext;
}

/**
 * Without AsyncContextFrame (Node 22): a `before` hook on every continuation, the storage's own `run` and `enterWith`,
 * and `AsyncResource.runInAsyncScope`, after which no hook tells that the outer context is back (without it 96 to 98 %).
 * A native call is made only when a sample was taken since the last one.
 */
export class HooksLabeller implements Labeller {
  readonly path = "hooks";
  readonly frameKey: undefined;
  readonly counts: LabelCounts = { reads: 0, writes: 0 };
  onBefore: ((context: OtelContext | undefined) => void) | undefined;
  readonly #active: () => OtelContext | undefined;
  readonly #book: SpanBook;
  readonly #hook = createHook({ before: () => this.#before() });
  readonly #restore: (() => void)[] = [];
  #target: ContextTarget | undefined;
  #holder: Holder = { context: undefined };
  #samples = 0;
  #patched = false;

  constructor(manager: ContextManager, book: SpanBook) {
    this.#book = book;
    const storage = manager._asyncLocalStorage;
    this.#active =
      storage === undefined
        ? (): OtelContext => manager.active()
        : (): OtelContext | undefined => storage.getStore();
    if (storage !== undefined) {
      const connected = (): ContextTarget | undefined => this.#target;
      const label = (store: OtelContext): void => this.#label(store);
      const refresh = (): void => this.refresh();
      const { run, enterWith } = storage;
      storage.run = function (this: unknown, store, fn, ...args): unknown {
        if (connected() === undefined) return run.call(this, store, fn, ...args);
        try {
          return run.call(
            this,
            store,
            (...inner) => {
              label(store);
              return fn(...inner);
            },
            ...args,
          );
        } finally {
          refresh();
        }
      };
      storage.enterWith = function (this: unknown, store): void {
        enterWith.call(this, store);
        label(store);
      };
      this.#restore.push(() => {
        Reflect.deleteProperty(storage, "run");
        Reflect.deleteProperty(storage, "enterWith");
      });
    } else this.#patchWith(manager);
  }

  connect(target: ContextTarget): void {
    this.#target = target;
    this.#samples = target.state[0] ?? 0;
    target.context = this.#holder = { context: undefined };
    if (!this.#patched) this.#patchAsyncResource();
    this.#patched = true;
    this.#hook.enable();
    this.refresh();
  }

  disconnect(): void {
    this.#target = undefined;
    this.#hook.disable();
    for (const restore of this.#restore.splice(0)) restore();
    this.#patched = false;
  }

  active(): OtelContext | undefined {
    return this.#active();
  }

  refresh(): void {
    if (this.#target !== undefined) this.#label(this.#active());
  }

  resolve(stored: unknown): SampleContext {
    return (stored as Holder | undefined)?.context;
  }

  /** The sampler counts anew: an equal count would not mean that no sample was taken. */
  windowTaken(): void {
    this.#samples = -1;
  }

  /** The hook sees every continuation, those of running requests too. */
  catchUp(): void {}

  #before(): void {
    const context = this.#active();
    this.#label(context);
    // Turns are made of macrotasks; Node 22 cannot leave promises out of a hook.
    if (this.onBefore !== undefined && !(executionAsyncResource() instanceof Promise)) this.onBefore(context);
  }

  #label(store: OtelContext | undefined): void {
    const target = this.#target;
    if (target === undefined) return;
    this.counts.reads++;
    try {
      const span = spanIn(store);
      const wanted = sampleContext(
        span === undefined || store === undefined ? undefined : this.#book.entered(span, store),
      );
      if (wanted === this.#holder.context) return;
      const samples = target.state[0] ?? 0;
      if (samples !== this.#samples) {
        this.#samples = samples;
        this.counts.writes++;
        target.context = this.#holder = { context: wanted };
      } else this.#holder.context = wanted;
    } catch (error) {
      this.#target = undefined;
      debug("labelling stopped", error);
    }
  }

  #patchWith(manager: ContextManager): void {
    const connected = (): ContextTarget | undefined => this.#target;
    const label = (store: OtelContext): void => this.#label(store);
    const refresh = (): void => this.refresh();
    const original = manager.with;
    manager.with = function (this: unknown, context, fn, thisArg, ...args): unknown {
      if (connected() === undefined) return original.call(this, context, fn, thisArg, ...args);
      try {
        return original.call(
          this as ContextManager,
          context,
          function (this: unknown, ...inner: unknown[]) {
            label(context);
            return fn.apply(this, inner);
          },
          thisArg,
          ...args,
        );
      } finally {
        refresh();
      }
    };
    this.#restore.push(() => Reflect.deleteProperty(manager, "with"));
  }

  #patchAsyncResource(): void {
    const connected = (): ContextTarget | undefined => this.#target;
    const refresh = (): void => this.refresh();
    const prototype = AsyncResource.prototype;
    const original = Reflect.get(prototype, "runInAsyncScope") as RunInScope;
    const patched: RunInScope = function (...args) {
      if (connected() === undefined) return original.apply(this, args);
      try {
        return original.apply(this, args);
      } finally {
        refresh();
      }
    };
    Reflect.set(prototype, "runInAsyncScope", patched);
    this.#restore.push(() => {
      if (Reflect.get(prototype, "runInAsyncScope") === patched)
        Reflect.set(prototype, "runInAsyncScope", original);
    });
  }
}
