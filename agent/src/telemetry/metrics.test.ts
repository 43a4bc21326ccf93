import { getHeapSpaceStatistics } from "node:v8";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GLOBAL_KEY } from "../otel/types.ts";
import { ActiveResources } from "./runtime-metrics.ts";
import { AgentMetrics } from "./metrics.ts";
import { Tally } from "./tally.ts";

type Callback = (result: { observe(value: number, attributes: object): void }) => void;

/** A meter provider that shows what it was given. */
class Provider {
  readonly callbacks = new Map<string, Set<Callback>>();
  readonly recorded: number[] = [];
  readonly delays: number[] = [];

  getMeter(): object {
    const observable = (name: string): object => {
      const callbacks = new Set<Callback>();
      this.callbacks.set(name, callbacks);
      return {
        addCallback: (callback: Callback) => callbacks.add(callback),
        removeCallback: (callback: Callback) => callbacks.delete(callback),
      };
    };
    return {
      createObservableCounter: observable,
      createObservableGauge: observable,
      createObservableUpDownCounter: observable,
      createHistogram: (name: string) => ({
        record: (value: number) => (name.endsWith("stall") ? this.recorded : this.delays).push(value),
      }),
    };
  }

  collect(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const [name, callbacks] of this.callbacks)
      for (const callback of callbacks)
        callback({
          observe: (value, attributes) => {
            const { "thread.id": _, ...rest } = attributes as Record<string, string>;
            all[[name.replace("hotspan.agent.", ""), ...Object.values(rest)].join(" ")] = value;
          },
        });
    return all;
  }
}

const holder = globalThis as Record<symbol, { metrics?: unknown } | undefined>;
beforeEach(() => {
  holder[GLOBAL_KEY] = {};
});
afterEach(() => Reflect.deleteProperty(globalThis, GLOBAL_KEY));

const made = () => {
  const tally = new Tally();
  const sender = { counts: { sent: 3, dropped: 1, refused: 2 }, queuedBytes: 77 };
  return { tally, metrics: new AgentMetrics({ threadId: 0, tally, sender }) };
};

test("without a meter provider nothing happens", () => {
  const { metrics } = made();
  metrics.look();
  metrics.stall(5);
  Reflect.deleteProperty(globalThis, GLOBAL_KEY);
  metrics.look();
  metrics.close();
});

test("what the counters say is observed; with another provider at that one only, and after close() nowhere", () => {
  const { tally, metrics } = made();
  const first = new Provider();
  holder[GLOBAL_KEY] = { metrics: first };
  metrics.look();
  metrics.look();
  tally.state = "backed off";
  tally.labelled = 8;
  tally.unsent = 4;
  tally.cpuNanos.sampler = 2e9;
  metrics.stall(5);
  expect(first.recorded).toEqual([0.005]);
  metrics.queueDelays([2, 0]);
  expect(first.delays).toEqual([0.002, 0]);
  const spaces = getHeapSpaceStatistics();
  for (const { space_name: space } of spaces)
    expect(first.collect()).toHaveProperty(`v8js.memory.heap.used ${space}`);
  expect(first.collect()).toMatchObject({
    "samples labelled": 8,
    "windows sent": 3,
    "windows refused": 2,
    "windows dropped": 5,
    queue_bytes: 77,
    "cpu_time sampler": 2,
    "state backed off": 1,
    "state collecting": 0,
  });
  const second = new Provider();
  holder[GLOBAL_KEY] = { metrics: second };
  metrics.look();
  expect(first.collect()).toEqual({});
  expect(Object.keys(second.collect()).length).toBeGreaterThan(10);
  metrics.close();
  expect(second.collect()).toEqual({});
  metrics.stall(1);
  expect(second.recorded).toEqual([]);
});

test("a provider that throws disturbs nobody", () => {
  const { metrics } = made();
  holder[GLOBAL_KEY] = {
    metrics: {
      getMeter: () => {
        throw new Error("deliberate");
      },
    },
  };
  metrics.look();
  metrics.stall(1);
});

test("active resources are listed seldom, the more so the longer that takes, and of few kinds", () => {
  let now = 0;
  let takes = 1;
  let kinds = ["Timeout", "Timeout", "TCPSocketWrap"];
  let listed = 0;
  const resources = new ActiveResources(
    () => now,
    () => {
      listed++;
      now += takes;
      return kinds;
    },
  );
  expect(Object.fromEntries(resources.read())).toEqual({ Timeout: 2, TCPSocketWrap: 1 });
  kinds = ["Timeout"];
  now += 9000;
  expect(Object.fromEntries(resources.read())).toEqual({ Timeout: 2, TCPSocketWrap: 1 });
  now += 1000;
  takes = 50;
  // What is gone is 0, not unknown.
  expect(Object.fromEntries(resources.read())).toEqual({ Timeout: 1, TCPSocketWrap: 0 });
  now += 40_000;
  resources.read();
  expect(listed).toBe(2);
  now += 10_000;
  kinds = Array.from({ length: 100 }, (_, i) => `kind ${i}`);
  const many = resources.read();
  expect(many.size).toBe(31);
  expect(many.get("other")).toBe(72);
});
