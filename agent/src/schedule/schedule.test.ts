import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readConfig } from "../config.ts";
import type { Answer } from "./answer.ts";
import type { Asked } from "./ask.ts";
import type { Plan } from "./plan.ts";
import { Schedule } from "./schedule.ts";

const stderr: string[] = [];
beforeEach(() => {
  stderr.length = 0;
  vi.useFakeTimers({ now: 1_764_384_600_000 });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Bench {
  readonly plans: Plan[];
  readonly asked: number[];
  readonly schedule: Schedule;
  answer: Partial<Answer> | "absent" | "failed";
}

function begin(env: NodeJS.ProcessEnv, answer: Bench["answer"]): Bench {
  const plans: Plan[] = [];
  const asked: number[] = [];
  const base: Answer = {
    collect: false,
    mode: "amortised",
    hz: undefined,
    windowMillis: undefined,
    leaseMillis: 600_000,
    pollMillis: 15_000,
  };
  const bench: Bench = {
    plans,
    asked,
    answer,
    schedule: new Schedule({
      config: readConfig({}, env),
      instance: "0".repeat(32),
      facts: () => ({ service: "a", version: "" }),
      apply: (plan) => plans.push(plan),
      random: () => 0.5,
      ask: (): Promise<Asked> => {
        asked.push(Date.now());
        const now = bench.answer;
        return Promise.resolve(
          typeof now === "string"
            ? { kind: now, reason: "no" }
            : { kind: "answer", answer: { ...base, ...now } },
        );
      },
    }),
  };
  bench.schedule.start();
  return bench;
}
const pass = (millis: number): Promise<unknown> => vi.advanceTimersByTimeAsync(millis);
const states = ({ plans }: Bench): string[] => plans.map(({ collect, mode }) => (collect ? mode : "pause"));

test("a lease is asked for at once, again each interval and at its end; one timer is all there is", async () => {
  const bench = begin({ HOTSPAN_MODE: "amortised" }, { collect: true, leaseMillis: 40_000 });
  await pass(600);
  expect(states(bench)).toEqual(["amortised"]);
  await pass(30_100);
  expect(bench.asked).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(1);
  bench.answer = { collect: false };
  // The lease was given at 0.5 s and holds to 40.5 s; the next question comes 1 s later.
  await pass(40_400 - 30_700);
  expect(states(bench)).toEqual(["amortised"]);
  await pass(1500);
  expect(states(bench)).toEqual(["amortised", "pause"]);
  bench.schedule.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test("a failure or two change nothing, the third lets the hash decide, and what it gave is kept", async () => {
  const bench = begin({ HOTSPAN_MODE: "amortised", HOTSPAN_REPLICAS: "1" }, "failed");
  await pass(1600);
  expect(bench.asked).toHaveLength(2);
  expect(states(bench)).toEqual([]);
  await pass(2100);
  expect(states(bench)).toEqual(["amortised"]);
  expect(stderr.join("")).toContain("HOTSPAN_AGENT_SCHEDULE_UNREACHABLE");
  bench.answer = { collect: false };
  await pass(60_000);
  expect(states(bench)).toEqual(["amortised"]);
  await pass(600_000);
  expect(states(bench)).toEqual(["amortised", "pause"]);
  bench.schedule.stop();
});

test("with Kafka and no endpoint nobody is asked: the hash decides from the start", async () => {
  const bench = begin(
    { HOTSPAN_MODE: "amortised", HOTSPAN_KAFKA_BROKERS: "k:9092", HOTSPAN_REPLICAS: "2" },
    {},
  );
  await pass(3_600_000 * 5);
  expect(bench.asked).toEqual([]);
  // 30 slots with a coin each.
  expect(bench.plans.length).toBeGreaterThan(5);
  bench.schedule.stop();
});

test("where there are no schedules a continuous agent asks once, an amortised one rarely", async () => {
  const continuous = begin({}, "absent");
  const amortised = begin({ HOTSPAN_MODE: "amortised" }, "absent");
  await pass(3_600_000);
  expect(continuous.asked).toHaveLength(1);
  expect(amortised.asked.length).toBeLessThan(15);
  expect(continuous.plans).toEqual([]);
  continuous.schedule.stop();
  amortised.schedule.stop();
});

test("a profile on demand comes before the lease, and the lease after it", async () => {
  const bench = begin({ HOTSPAN_MODE: "amortised" }, { collect: true });
  await pass(600);
  bench.answer = { collect: true, mode: "on_demand", hz: 500, windowMillis: 5000, leaseMillis: 30_000 };
  await pass(15_000);
  bench.answer = { collect: true };
  await pass(45_000);
  expect(bench.plans.map(({ mode, hz, windowMillis }) => ({ mode, hz, windowMillis }))).toEqual([
    { mode: "amortised", hz: 99, windowMillis: 10_000 },
    { mode: "on_demand", hz: 500, windowMillis: 5000 },
    { mode: "amortised", hz: 99, windowMillis: 10_000 },
  ]);
  bench.schedule.stop();
});

test("a signal collects for its time, also where nobody can be asked", async () => {
  const bench = begin({ HOTSPAN_MODE: "on-demand", HOTSPAN_KAFKA_BROKERS: "k:9092" }, {});
  expect(stderr.join("")).toContain("HOTSPAN_AGENT_SCHEDULE_ABSENT");
  bench.schedule.demand(30_000);
  await pass(29_000);
  expect(states(bench)).toEqual(["on_demand"]);
  await pass(1100);
  expect(states(bench)).toEqual(["on_demand", "pause"]);
  expect(vi.getTimerCount()).toBe(0);
  bench.schedule.demand(30_000);
  bench.schedule.stop();
  await pass(60_000);
  expect(states(bench)).toEqual(["on_demand", "pause", "on_demand"]);
});

const demand = { collect: true, mode: "on_demand", hz: 500, windowMillis: 5000 } as const;
const shown = ({ plans }: Bench): string[] =>
  plans.map(({ collect, mode, hz }) => (collect ? `${mode} ${hz}` : "pause"));

test("a profile on demand wakes an agent that sleeps out its turn, which then sleeps on", async () => {
  const bench = begin({ HOTSPAN_MODE: "amortised" }, { collect: false });
  await pass(600);
  bench.answer = { ...demand, leaseMillis: 30_000 };
  await pass(20_000);
  expect(shown(bench)).toEqual(["on_demand 500"]);
  bench.answer = { collect: false };
  await pass(45_000);
  expect(shown(bench)).toEqual(["on_demand 500", "pause"]);
  bench.schedule.stop();
});

test("a second profile on demand during the first: its rate holds, and the longer end", async () => {
  const bench = begin({ HOTSPAN_MODE: "on-demand" }, { ...demand, leaseMillis: 20_000 });
  await pass(600);
  // Of several the correlator answers the densest, for as long as the longest.
  bench.answer = { ...demand, hz: 900, leaseMillis: 60_000 };
  await pass(19_000);
  expect(shown(bench)).toEqual(["on_demand 500", "on_demand 900"]);
  bench.answer = { collect: false, mode: "on_demand" };
  await pass(62_000);
  expect(shown(bench)).toEqual(["on_demand 500", "on_demand 900", "pause"]);
  bench.schedule.stop();
});

test("a second signal prolongs the first, without a second start of the sampler", async () => {
  const bench = begin({ HOTSPAN_MODE: "on-demand", HOTSPAN_KAFKA_BROKERS: "k:9092" }, {});
  bench.schedule.demand(30_000);
  await pass(20_000);
  bench.schedule.demand(30_000);
  await pass(29_000);
  expect(shown(bench)).toEqual(["on_demand 99"]);
  await pass(1100);
  expect(shown(bench)).toEqual(["on_demand 99", "pause"]);
  bench.schedule.stop();
});

test("a signal during a profile on demand changes nothing, and outlasts it", async () => {
  const bench = begin({ HOTSPAN_MODE: "on-demand" }, { ...demand, leaseMillis: 20_000 });
  await pass(600);
  bench.answer = { collect: false, mode: "on_demand" };
  bench.schedule.demand(30_000);
  expect(shown(bench)).toEqual(["on_demand 500"]);
  await pass(29_000);
  // Its own rate from the end of the profile on, to the end of the signal's 30 s.
  expect(shown(bench)).toEqual(["on_demand 500", "on_demand 99"]);
  await pass(2000);
  expect(shown(bench).at(-1)).toBe("pause");
  bench.schedule.stop();
});

test("with files and no endpoint nobody is asked", async () => {
  const bench = begin({ HOTSPAN_MODE: "on-demand", HOTSPAN_FILES: "/tmp/windows" }, {});
  await pass(3_600_000);
  expect(bench.asked).toEqual([]);
  expect(bench.plans).toEqual([]);
  bench.schedule.stop();
});
