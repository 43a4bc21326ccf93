import { inCleanContext } from "../clean.ts";
import type { OtelContext } from "./types.ts";
import { otelGlobal, SUPPRESS_KEY } from "./types.ts";

/** A context of our own, since the API is not imported. Immutable like the API's. */
class PlainContext implements OtelContext {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): OtelContext {
    return new PlainContext(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): OtelContext {
    const values = new Map(this.#values);
    values.delete(key);
    return new PlainContext(values);
  }
}

const suppressed = new PlainContext(new Map([[SUPPRESS_KEY, true]]));

/** Runs `fn` outside every request, with tracing off: the agent's own traffic must make no spans. */
export function withoutTracing<R>(fn: () => R): R {
  return inCleanContext(() => {
    const manager = otelGlobal()?.context;
    return typeof manager?.with === "function" ? (manager.with(suppressed, fn) as R) : fn();
  });
}
