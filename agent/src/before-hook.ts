import { createHook } from "node:async_hooks";

/** Calls a function ahead of what the thread runs; off until it is enabled. */
export interface BeforeHook {
  enable(): void;
  disable(): void;
}

/** Of this thread, those that leave promises out and are on. */
const withoutPromises = new Set<ReturnType<typeof createHook>>();

/** Ahead of each macrotask. Node 22 cannot leave promises out and calls it for them as well. */
export function beforeMacrotasks(before: () => void): BeforeHook {
  const options = { before, trackPromises: false };
  const hook = createHook(options);
  return {
    enable() {
      withoutPromises.add(hook.enable());
    },
    disable() {
      withoutPromises.delete(hook.disable());
    },
  };
}

/**
 * Ahead of each macrotask and each continuation of a promise. Only where there is no other way: V8 optimises promises less for the
 * rest of the process once they were hooked. And Node lets go of them only when the last hook of the thread is disabled; with
 * any other one left, each `await` would go on to pay for a hook that nobody has. So ours are all off for a moment.
 */
export function beforeContinuations(before: () => void): BeforeHook {
  const hook = createHook({ before });
  return {
    enable() {
      hook.enable();
    },
    disable() {
      hook.disable();
      for (const other of withoutPromises) other.disable();
      for (const other of withoutPromises) other.enable();
    },
  };
}
