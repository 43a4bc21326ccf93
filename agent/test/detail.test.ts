import type { Window } from "@hotspan/wire";
import { afterEach, expect, test } from "vitest";
import { type Child, runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

const receiver = Receiver.each();
let child: Child | undefined;
afterEach(async () => {
  child?.process.kill("SIGKILL");
  await child?.ended;
});

function begin(env: Record<string, string>, binary?: string): void {
  child = runNode(
    ["--import", registerModule, app("detail.cjs")],
    { HOTSPAN_ENDPOINT: receiver.url, HOTSPAN_WINDOW_MS: "1500", TEST_SLOW: "0.04", ...env },
    binary,
  );
}

test.for(runtimes)(
  "slow requests are kept whole, others per endpoint, and every tick is there, on Node $major",
  async ({ binary }) => {
    begin({ HOTSPAN_DETAIL: "slow" }, binary);
    // Until every endpoint was seen often enough to know what is slow, all are kept.
    const learnt = ({ labels }: Window): boolean =>
      new Set(labels.filter(({ traceId }) => traceId === "").map(({ endpoint }) => endpoint)).size >= 4;
    /** Ticks in requests that are kept whole, or are not. */
    const ticksOf = (windows: readonly Window[], whole: boolean): number =>
      windows
        .flatMap(({ ticks, labels }) => Array.from(ticks.label, (row) => labels[row - 1]))
        .filter((label) => label !== undefined && (label.traceId !== "") === whole).length;
    // Slow ones are a twenty-fifth of the requests and a third of the time, where the machine leaves it at that.
    await receiver.until((r) => {
      const seen = r.windows.filter(learnt);
      return seen.length >= 3 && ticksOf(seen, true) > 10 && ticksOf(seen, false) > 10;
    });
    const windows = receiver.windows.filter(learnt);
    for (const { header, ticks, labels, journal } of windows) {
      expect(header.mode).toBe("slow_only");
      // As many ticks as were taken, each with its state, CPU time and stack.
      expect(ticks.state.length).toBeGreaterThan(0.9 * (header.takenTicks - header.droppedContexts));
      expect(ticks.cpuMicros.some((cpu) => cpu > 0)).toBe(true);
      expect(journal?.turnLabel.length).toBeGreaterThan(0);
      for (const row of ticks.label) {
        const label = labels[row - 1];
        if (label === undefined) continue;
        expect(label.endpoint).toMatch(/^(?:GET \/|internal|server|request)/);
      }
      // One sample per stack and endpoint of those without ids.
      const filed = new Map<string, Set<number>>();
      for (const [i, sample] of ticks.stack.entries()) {
        const label = labels[(ticks.label[i] as number) - 1];
        if (sample === 0 || label?.traceId !== "") continue;
        filed.set(label.endpoint, (filed.get(label.endpoint) ?? new Set()).add(sample));
      }
      const endpoints = [...filed.values()];
      expect(new Set(endpoints.flatMap((samples) => [...samples])).size).toBe(
        endpoints.reduce((sum, samples) => sum + samples.size, 0),
      );
    }
  },
);

test("a fixed threshold: nothing is as slow as that", async () => {
  begin({ HOTSPAN_DETAIL: "slow", HOTSPAN_SLOW_MS: "60000" });
  const endpoints = ({ labels }: Window): number => labels.filter(({ traceId }) => traceId === "").length;
  await receiver.until((r) => r.windows.filter((window) => endpoints(window) > 3).length >= 2);
  for (const window of receiver.windows) {
    // Only what was under way when the window ended, its spans three at most.
    expect(window.labels.length - endpoints(window)).toBeLessThanOrEqual(3);
  }
});

test("by default everything is kept", async () => {
  begin({});
  await receiver.until((r) => r.windows.length >= 2);
  for (const { header, labels } of receiver.windows) {
    expect(header.mode).toBe("continuous");
    expect(labels.every(({ traceId }) => traceId !== "")).toBe(true);
  }
});
