import { TickState, type Window } from "@hotspan/wire";
import { expect } from "vitest";
import { tickStacks } from "./stacks.ts";

export interface Tally {
  right: number;
  /** V8 gave no context for this tick. */
  none: number;
  /** The same by kind. */
  nones: Record<string, number>;
  wrong: Record<string, number>;
  readonly kinds: Set<string>;
}

/** Ticks of programs that burn all their time in functions named `burn__<span>__<kind>`: what their labels say of it. */
export function tallyOf(windows: readonly Window[]): Tally {
  const tally: Tally = { right: 0, none: 0, nones: {}, wrong: {}, kinds: new Set() };
  const count = (where: Record<string, number>, kind: string): void => {
    where[kind] = (where[kind] ?? 0) + 1;
  };
  for (const window of windows) {
    const stacks = tickStacks(window);
    expect(window.header.droppedContexts).toBe(0);
    for (const [index, stack] of stacks.entries()) {
      // The innermost: a burn is never called from another, but a kind may be called from a continuation of one.
      const truth = stack.map((name) => /^burn__(\w+?)__(\w+)$/.exec(name)).find((match) => match !== null);
      if (truth == null || window.ticks.state[index] !== TickState.js) continue;
      const [, span = "", kind = ""] = truth;
      const label = window.labels[(window.ticks.label[index] as number) - 1];
      if (span === "none") {
        if (label !== undefined) count(tally.wrong, `leaked:${kind}`);
      } else if (label === undefined) {
        tally.none++;
        count(tally.nones, kind);
      } else if (label.spanId === span) {
        tally.right++;
        tally.kinds.add(kind);
      } else count(tally.wrong, kind);
    }
  }
  return tally;
}
