import { join } from "node:path";
import { TickState, type Window } from "@hotspan/wire";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { agentFolder, app, registerModule, runtimes } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

interface Tally {
  right: number;
  /** V8 gave no context for this tick. */
  none: number;
  /** The same by kind. */
  nones: Record<string, number>;
  wrong: Record<string, number>;
  readonly kinds: Set<string>;
}

function tallyOf(windows: readonly Window[]): Tally {
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

const WINDOWS = [
  { windows: "short windows", hz: "500", windowMillis: "1000" },
  // Of more hits than are taken at once.
  { windows: "a window in slices", hz: "1000", windowMillis: "30000" },
];

test.for(runtimes.flatMap((runtime) => WINDOWS.map((window) => ({ ...runtime, ...window }))))(
  "on Node $major every labelled tick names the span that was active, over all kinds of continuation: $windows",
  async ({ binary, major, hz, windowMillis }) => {
    const receiver = await Receiver.start();
    try {
      const child = runNode(
        ["--import", registerModule, app("oracle.cjs"), "4"],
        { HOTSPAN_ENDPOINT: receiver.url, HOTSPAN_HZ: hz, HOTSPAN_WINDOW_MS: windowMillis },
        binary,
      );
      const { code, stderr } = await child.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });

      const tally = tallyOf(receiver.windows);
      const share = tally.none / (tally.none + tally.right);
      console.log(
        `Node ${major}, ${receiver.windows[0]?.header.contextPath}: ${tally.right} ticks right over ` +
          `${tally.kinds.size} kinds, ${tally.none} (${(share * 100).toFixed(2)} %) without a context`,
      );
      expect(tally.wrong).toEqual({});
      expect(tally.kinds.size).toBeGreaterThanOrEqual(25);
      expect(tally.right).toBeGreaterThan(200);
      // What V8 cannot give (a tick taken within a write barrier, say) is the exception.
      expect(share).toBeLessThan(0.02);
    } finally {
      await receiver.close();
    }
  },
);

test.for(runtimes)(
  "on Node $major requests of all kinds that run when sampling begins are labelled, each time it does",
  async ({ binary, major }) => {
    const receiver = await Receiver.start();
    try {
      const { code, stderr } = await runNode(
        [app("oracle.cjs"), "10", "inflight"],
        {
          HOTSPAN_ENDPOINT: receiver.url,
          HOTSPAN_HZ: "400",
          HOTSPAN_WINDOW_MS: "600",
          TEST_AGENT: join(agentFolder, "lib/index.cjs"),
        },
        binary,
      ).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const tally = tallyOf(receiver.windows);
      // An await that began before in another frame than what it waits for: until it awaits anew, or asks OpenTelemetry
      // for something. With AsyncContextFrame nobody is told of it.
      const known = tally.nones["afterLongChild"] ?? 0;
      const missed = tally.none - known;
      console.log(
        `Node ${major}, in flight: ${tally.right} ticks right over ${tally.kinds.size} kinds, ${missed} without a ` +
          `context and ${known} of the kind that cannot be reached ${JSON.stringify(tally.nones)}`,
      );
      expect(tally.wrong).toEqual({});
      expect(tally.kinds.size).toBeGreaterThanOrEqual(35);
      expect(tally.right).toBeGreaterThan(150);
      expect(missed / (missed + tally.right)).toBeLessThan(0.02);
    } finally {
      await receiver.close();
    }
  },
);
