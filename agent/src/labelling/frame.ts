import { createHook } from "node:async_hooks";
import { debug } from "../log.ts";
import type { SpanBook } from "../otel/span-book.ts";
import type { ContextStorage, OtelContext } from "../otel/types.ts";
import { spanIn } from "../otel/types.ts";
import type { ContextTarget, LabelCounts, Labeller } from "./labeller.ts";
import type { SampleContext } from "./user-labels.ts";
import { sampleContext } from "./user-labels.ts";

const CATCH_UP_MILLIS = 300;

/**
 * AsyncContextFrame: the sampler keeps its context in the same frame as OpenTelemetry's, and V8 restores both together.
 * So it is enough to set it wherever OpenTelemetry's storage is entered; `run` enters and leaves through `enterWith`.
 * Of the ticks that V8 gives a context for, 100 % carry the right span.
 */
export class FrameLabeller implements Labeller {
  readonly path = "frame";
  readonly useFrame = true;
  onBefore: undefined;
  readonly counts: LabelCounts = { reads: 0, writes: 0 };
  readonly #storage: ContextStorage;
  readonly #book: SpanBook;
  #target: ContextTarget | undefined;

  constructor(storage: ContextStorage, book: SpanBook) {
    this.#storage = storage;
    this.#book = book;
    const { enterWith } = storage;
    const label = (store: OtelContext): void => this.#label(store);
    storage.enterWith = function (store): void {
      enterWith.call(this, store);
      label(store);
    };
  }

  connect(target: ContextTarget): void {
    this.#target = target;
    this.refresh();
  }

  disconnect(): void {
    this.#target = undefined;
    // Only if nobody patched it after us.
    if (Object.hasOwn(this.#storage, "enterWith")) Reflect.deleteProperty(this.#storage, "enterWith");
  }

  active(): OtelContext | undefined {
    return this.#storage.getStore();
  }

  refresh(): void {
    const store = this.#storage.getStore();
    if (store !== undefined) this.#label(store);
  }

  resolve(stored: unknown): SampleContext {
    return stored as SampleContext;
  }

  windowTaken(): void {}

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

  #label(store: OtelContext | undefined): void {
    const target = this.#target;
    if (target === undefined) return;
    this.counts.reads++;
    try {
      const span = spanIn(store);
      const wanted = sampleContext(span);
      // Reading costs 45 ns, setting 644, and an identical value is set all the same.
      if (target.context === wanted) return;
      this.counts.writes++;
      target.context = wanted;
      if (span !== undefined && store !== undefined && !this.#book.knows(span))
        this.#book.enteredUnrecorded(span, store);
    } catch (error) {
      this.#target = undefined;
      debug("labelling stopped", error);
    }
  }
}
