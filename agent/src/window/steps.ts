import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { threadNanos } from "../facts/cpu.ts";

/** Work in steps between which the application can have its turn: of 0.1 ms each, some ten times that before V8 has compiled it. */
export type Steps<T> = Generator<void, T, void>;

/** What some steps in a row took of the loop. */
export interface Spent {
  readonly wallNanos: number;
  readonly cpuNanos: number;
}

/** Begins to measure; tells what has been spent since, so far. */
export function stopwatch(): () => Spent {
  const cpu = threadNanos();
  const began = performance.now();
  return () => ({
    wallNanos: Math.round((performance.now() - began) * 1e6),
    cpuNanos: threadNanos() - cpu,
  });
}

/** Then the application has its turn. */
const TURN_MILLIS = 0.5;

/** As many steps in each turn of the loop as fit. */
export async function betweenTurns<T>(steps: Steps<T>, told: (spent: Spent) => void): Promise<T> {
  for (;;) {
    await nextTurn();
    const spent = stopwatch();
    const end = performance.now() + TURN_MILLIS;
    let step: IteratorResult<void, T>;
    do step = steps.next();
    while (step.done !== true && performance.now() < end);
    told(spent());
    if (step.done === true) return step.value;
  }
}

/** All of it at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
