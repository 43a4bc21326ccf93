import { TickState } from "@hotspan/wire";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

interface Tally {
  right: number;
  /** V8 gave no context for this tick. */
  none: number;
  wrong: Record<string, number>;
  readonly kinds: Set<string>;
}

test.for(runtimes)(
  "on Node $major every labelled tick names the span that was active, over all kinds of continuation",
  async ({ binary, major }) => {
    const receiver = await Receiver.start();
    try {
      const child = runNode(
        ["--import", registerModule, app("oracle.cjs"), "4"],
        { HOTSPAN_ENDPOINT: receiver.url, HOTSPAN_HZ: "500", HOTSPAN_WINDOW_MS: "1000" },
        binary,
      );
      const { code, stderr } = await child.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });

      const tally: Tally = { right: 0, none: 0, wrong: {}, kinds: new Set() };
      for (const window of receiver.windows) {
        const stacks = tickStacks(window);
        expect(window.header.droppedContexts).toBe(0);
        for (const [index, stack] of stacks.entries()) {
          // The innermost: a burn is never called from another, but a kind may be called from a continuation of one.
          const truth = stack
            .map((name) => /^burn__(\w+?)__(\w+)$/.exec(name))
            .find((match) => match !== null);
          if (truth == null || window.ticks.state[index] !== TickState.js) continue;
          const [, span = "", kind = ""] = truth;
          const label = window.labels[(window.ticks.label[index] as number) - 1];
          if (span === "none") {
            if (label !== undefined) tally.wrong[`leaked:${kind}`] = (tally.wrong[`leaked:${kind}`] ?? 0) + 1;
          } else if (label === undefined) tally.none++;
          else if (label.spanId === span) {
            tally.right++;
            tally.kinds.add(kind);
          } else tally.wrong[kind] = (tally.wrong[kind] ?? 0) + 1;
        }
      }
      const share = tally.none / (tally.none + tally.right);
      console.log(
        `Node ${major}, ${receiver.windows[0]?.header.contextPath}: ${tally.right} ticks right over ` +
          `${tally.kinds.size} kinds, ${tally.none} (${(share * 100).toFixed(2)} %) without a context`,
      );
      expect(tally.wrong).toEqual({});
      expect(tally.kinds.size).toBeGreaterThanOrEqual(25);
      expect(tally.right).toBeGreaterThan(500);
      // What V8 cannot give (a tick taken within a write barrier, say) is the exception.
      expect(share).toBeLessThan(0.02);
    } finally {
      await receiver.close();
    }
  },
);
