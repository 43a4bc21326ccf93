import { expect, test } from "vitest";
import { difference, type Plan } from "./plan.ts";
import { type Change, type Measure, Watchdog } from "./watchdog.ts";

const GIVEN: Plan = { on: true, hz: 99, windowMillis: 10_000, journal: true };
const BUDGET = { cpuShare: 0.03, stallMillis: 50 };
const MINUTE = 60_000;

/** Feeds windows until the plan changes or `millis` are over. */
function run(dog: Watchdog, millis: number, cost: (plan: Plan) => Partial<Measure> & { share?: number }) {
  let past = 0;
  while (past < millis) {
    const { windowMillis } = dog.plan;
    const { share = 0.01, stallMillis = 5 } = cost(dog.plan);
    past += windowMillis;
    const change = dog.window({
      durationMillis: windowMillis,
      cpuNanos: share * windowMillis * 1e6,
      stallMillis,
    });
    if (change !== undefined) return { change, past };
  }
  return { change: undefined, past };
}

function steps(dog: Watchdog, cost: (plan: Plan) => Partial<Measure> & { share?: number }): string[] {
  const said: string[] = [];
  let change: Change | undefined;
  while (({ change } = run(dog, 5 * MINUTE, cost)).change !== undefined && change !== undefined)
    said.push(`${change.reason}: ${difference(change.from, change.to)}`);
  return said;
}

test("within its budget nothing changes", () => {
  expect(
    run(new Watchdog(BUDGET, GIVEN), 60 * MINUTE, () => ({ share: 0.029, stallMillis: 49 })).change,
  ).toBe(undefined);
});

test("above it the rate goes first, then the windows grow, the journal goes, and at last all", () => {
  const dog = new Watchdog(BUDGET, GIVEN);
  expect(steps(dog, () => ({ share: 0.06 }))).toEqual([
    "cpu: 99 → 39 samples per second",
    "cpu: windows of 10 → 30 s",
    "cpu: journal off",
    "cpu: sampling stopped",
  ]);
  expect(dog.plan.on).toBe(false);
  expect(run(dog, 60 * MINUTE, () => ({ share: 0 })).change).toBe(undefined);
});

test("one step is enough where the cost goes with the rate", () => {
  const dog = new Watchdog(BUDGET, GIVEN);
  expect(steps(dog, ({ hz }) => ({ share: (0.12 * hz) / 99 }))).toEqual(["cpu: 99 → 19 samples per second"]);
});

test("longer windows are no remedy against stalls, which would be longer too", () => {
  expect(steps(new Watchdog(BUDGET, GIVEN), () => ({ stallMillis: 80 }))).toEqual([
    "stall: 99 → 49 samples per second",
    "stall: journal off",
    "stall: sampling stopped",
  ]);
});

test("the first window and a single slow one say nothing", () => {
  let windows = 0;
  const dog = new Watchdog(BUDGET, GIVEN);
  const cost = () => {
    windows++;
    return { share: windows === 1 ? 1 : 0.01, stallMillis: windows % 3 === 0 ? 900 : 5 };
  };
  expect(run(dog, 30 * MINUTE, cost).change).toBe(undefined);
});

test("windows cut short by a flush count by their time", () => {
  const dog = new Watchdog(BUDGET, GIVEN);
  // Each costs 2 ms, as a whole one would: for a tenth of a second that is 2 %, above for none.
  for (let i = 0; i < 1000; i++)
    expect(dog.window({ durationMillis: 100, cpuNanos: 2e6, stallMillis: 2 })).toBe(undefined);
});

test("it takes a step back after ten quiet minutes, and waits twice as long where that was wrong", () => {
  const dog = new Watchdog(BUDGET, GIVEN);
  run(dog, 5 * MINUTE, () => ({ share: 0.06 }));
  expect(dog.plan.hz).toBe(39);
  // 0.6 % at 39 Hz would be 1.5 % at 99: that fits.
  const first = run(dog, 60 * MINUTE, () => ({ share: 0.006 }));
  expect(first.change).toMatchObject({ reason: "recovered", to: GIVEN });
  expect(first.past).toBeGreaterThanOrEqual(10 * MINUTE);
  expect(first.past).toBeLessThan(12 * MINUTE);
  run(dog, 5 * MINUTE, () => ({ share: 0.06 }));
  const second = run(dog, 60 * MINUTE, () => ({ share: 0.006 }));
  expect(second.past).toBeGreaterThanOrEqual(20 * MINUTE);
  expect(second.past).toBeLessThan(22 * MINUTE);
});

test("it stays where the dearer plan would not fit", () => {
  const dog = new Watchdog(BUDGET, GIVEN);
  run(dog, 5 * MINUTE, () => ({ share: 0.06 }));
  expect(run(dog, 600 * MINUTE, () => ({ share: 0.02 })).change).toBe(undefined);
});
