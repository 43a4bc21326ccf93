import { inCleanContext } from "../clean.ts";
import { otelGlobal, SUPPRESS_KEY } from "./types.ts";

/**
 * Runs `fn` outside every request, with tracing off: the agent's own traffic must make no spans. The context is of the application's
 * own class: a second class of contexts would make every look into one slower, and for good.
 */
export function withoutTracing<R>(fn: () => R): R {
  return inCleanContext(() => {
    const manager = otelGlobal()?.context;
    return typeof manager?.with === "function"
      ? (manager.with(manager.active().setValue(SUPPRESS_KEY, true), fn) as R)
      : fn();
  });
}
