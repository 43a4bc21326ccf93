import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs a function in the async context this module was loaded in. Timers and sockets of the agent are made through it:
 * made inside a request they would keep its context alive and be labelled as its work.
 */
export const inCleanContext: <R>(fn: () => R) => R = AsyncLocalStorage.snapshot();
