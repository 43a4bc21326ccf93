import { join } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { agentFolder, app, runtimes } from "./support/runtimes.ts";
import { tickStacks } from "./support/stacks.ts";

test.for(runtimes)(
  "contexts outlive the sampler whose holders they lie in, and are freed: Node $major",
  async ({ binary }) => {
    const receiver = await Receiver.start();
    try {
      const env = { HOTSPAN_ENDPOINT: receiver.url, TEST_AGENT: join(agentFolder, "lib/index.cjs") };
      const { code, stdout, stderr } = await runNode(["--expose-gc", app("frames.cjs")], env, binary).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { freed, ...rest } = JSON.parse(stdout) as { freed: number };
      expect(rest).toEqual({ wrong: { span: 0, context: 0, value: 0 }, patched: [] });
      // Of 500; a collector may leave some for later.
      expect(freed).toBeGreaterThan(450);

      // On a busy machine a session of its own may be too short to send anything.
      const periods = new Set(receiver.windows.map(({ header }) => header.periodNanos));
      expect(periods.size).toBeGreaterThan(1);
      for (const period of periods) expect([2_000_000, 5_000_000, 3_003_000]).toContain(period);
      const labels = receiver.windows.flatMap((window) =>
        tickStacks(window).flatMap((stack, index) =>
          stack.includes("spin") ? [window.labels[(window.ticks.label[index] as number) - 1]] : [],
        ),
      );
      expect(labels.length).toBeGreaterThan(100);
      expect(labels.filter((label) => label === undefined).length / labels.length).toBeLessThan(0.02);
    } finally {
      await receiver.close();
    }
  },
);
