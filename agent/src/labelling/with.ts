import { AsyncLocalStorage } from "node:async_hooks";
import { debug, warnOnce } from "../log.ts";
import type { SpanBook } from "../otel/span-book.ts";
import type { ContextManager, OtelContext } from "../otel/types.ts";
import { spanIn } from "../otel/types.ts";
import type { ContextTarget, LabelCounts, Labeller } from "./labeller.ts";
import type { SampleContext } from "./user-labels.ts";
import { sampleContext } from "./user-labels.ts";

/**
 * AsyncContextFrame, but a context manager that is not OpenTelemetry's: only `with` can be seen. What continues from there
 * inherits the label through the frame; what the manager restores in other ways stays unlabelled.
 */
export class WithLabeller implements Labeller {
  readonly path = "with";
  readonly frameKey: object = new AsyncLocalStorage();
  onBefore: undefined;
  readonly counts: LabelCounts = { reads: 0, writes: 0 };
  readonly #manager: ContextManager;
  readonly #book: SpanBook;
  #target: ContextTarget | undefined;

  constructor(manager: ContextManager, book: SpanBook) {
    this.#manager = manager;
    this.#book = book;
    const connected = (): ContextTarget | undefined => this.#target;
    const label = (store: OtelContext): void => this.#label(store);
    const original = manager.with;
    manager.with = function (this: unknown, context, fn, thisArg, ...args): unknown {
      const target = connected();
      if (target === undefined) return original.call(this, context, fn, thisArg, ...args);
      const before = target.context;
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
        if (target.context !== before) target.context = before;
      }
    };
  }

  connect(target: ContextTarget): void {
    this.#target = target;
    // Not before: where another profiler brought the manager, nothing is sampled.
    warnOnce(
      "HOTSPAN_AGENT_LABELS_INCOMPLETE",
      "the context manager is not OpenTelemetry's AsyncLocalStorageContextManager; some samples will carry no span",
    );
  }

  disconnect(): void {
    this.#target = undefined;
    Reflect.deleteProperty(this.#manager, "with");
  }

  active(): OtelContext {
    return this.#manager.active();
  }

  refresh(): void {
    this.#label(this.#manager.active());
  }

  resolve(stored: unknown): SampleContext {
    return stored as SampleContext;
  }

  windowTaken(): void {}

  catchUp(): void {}

  #label(context: OtelContext): void {
    const target = this.#target;
    if (target === undefined) return;
    this.counts.reads++;
    try {
      const span = spanIn(context);
      const wanted = sampleContext(span === undefined ? undefined : this.#book.entered(span, context));
      if (target.context === wanted) return;
      this.counts.writes++;
      target.context = wanted;
    } catch (error) {
      this.#target = undefined;
      debug("labelling stopped", error);
    }
  }
}
