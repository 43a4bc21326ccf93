import { executionAsyncId } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { beforeContinuations, beforeMacrotasks } from "./before-hook.ts";

/** Under a hook each continuation has an id of its own; otherwise it has that of the macrotask it runs in. */
async function promisesAreHooked(): Promise<boolean> {
  await nextTurn();
  await Promise.resolve();
  const first = executionAsyncId();
  await Promise.resolve();
  return executionAsyncId() !== first;
}

test("a hook of promises leaves none behind when it ends, and the others go on", async () => {
  let macrotasks = 0;
  let continuations = 0;
  const lasting = beforeMacrotasks(() => void macrotasks++);
  const passing = beforeContinuations(() => void continuations++);
  try {
    lasting.enable();
    expect(await promisesAreHooked()).toBe(false);
    passing.enable();
    expect(await promisesAreHooked()).toBe(true);
    passing.disable();
    expect(await promisesAreHooked()).toBe(false);
    const before = { macrotasks, continuations };
    await nextTurn();
    expect(macrotasks).toBeGreaterThan(before.macrotasks);
    expect(continuations).toBe(before.continuations);
  } finally {
    passing.disable();
    lasting.disable();
  }
});
