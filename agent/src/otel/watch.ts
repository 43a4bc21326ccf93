import { debug } from "../log.ts";
import type { ContextManager, OtelGlobal } from "./types.ts";
import { GLOBAL_KEY, otelGlobal } from "./types.ts";

export interface OtelListener {
  contextManager(manager: ContextManager): void;
  provider(provider: unknown): void;
}

/**
 * Tells the listener of the context manager and the tracer provider the application registers, now or later.
 *
 * Registration writes `globalThis[key]`, then `.context`, then `.trace`; there is no event. Accessors take the place of
 * properties that are not there yet and turn back into plain properties with the first value, so that reading them costs
 * nothing afterwards. Making the global ourselves is out of the question: its version must be that of the app's own API.
 */
export function watchOtel(listener: OtelListener): void {
  const present = otelGlobal();
  if (present !== undefined) watchRegistrations(present, listener);
  else
    onFirstValue(globalThis, GLOBAL_KEY, (api) => {
      if (typeof api === "object" && api !== null) watchRegistrations(api, listener);
    });
}

function watchRegistrations(api: OtelGlobal, listener: OtelListener): void {
  const manager = (value: unknown): void => listener.contextManager(value as ContextManager);
  if (api.context === undefined) onFirstValue(api, "context", manager);
  else manager(api.context);
  const trace = (value: unknown): void => onDelegate(value, listener);
  if (api.trace === undefined) onFirstValue(api, "trace", trace);
  else trace(api.trace);
}

/** The API registers a proxy first and gives it the real provider in the next statement. */
function onDelegate(provider: unknown, listener: OtelListener): void {
  const proxy = provider as { _delegate?: unknown; setDelegate?: (delegate: unknown) => void } | undefined;
  if (typeof proxy?.setDelegate !== "function" || proxy._delegate !== undefined) {
    listener.provider(provider);
    return;
  }
  const original = proxy.setDelegate;
  proxy.setDelegate = function (this: unknown, delegate: unknown): void {
    Reflect.deleteProperty(proxy, "setDelegate");
    original.call(this, delegate);
    guarded(() => listener.provider(delegate));
  };
}

function onFirstValue(target: object, key: PropertyKey, listener: (value: unknown) => void): void {
  try {
    Object.defineProperty(target, key, {
      configurable: true,
      enumerable: true,
      get: () => undefined,
      set(value: unknown) {
        Object.defineProperty(target, key, { configurable: true, enumerable: true, writable: true, value });
        guarded(() => listener(value));
      },
    });
  } catch (error) {
    debug(`cannot watch ${String(key)}`, error);
  }
}

function guarded(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    debug("while OpenTelemetry registered", error);
  }
}
