import { expect, test } from "vitest";
import type { Caller } from "./instances.ts";
import { Schedule } from "./schedule.ts";

let now = 0;
const schedule = (): Schedule => new Schedule({ leaseMs: 10_000, pollMs: 1000 }, () => now);
const caller = (n: number, over: Partial<Caller> = {}): Caller => ({
  service: "shop",
  version: "1",
  instance: n.toString(16).padStart(32, "0"),
  mode: "on-demand",
  ...over,
});

test("each mode has its answer when nobody asked for a profile", () => {
  now = 2500;
  const one = schedule();
  expect(one.answer(caller(1))).toEqual({
    state: "pause",
    mode: "on_demand",
    periodNano: 0,
    windowMs: 0,
    leaseUntilUnixNano: "10000000000",
    nowUnixNano: "2500000000",
    pollMs: 1000,
  });
  expect(one.answer(caller(2, { mode: "continuous" }))).toMatchObject({
    state: "collect",
    mode: "continuous",
  });
  expect(one.answer(caller(3, { mode: "amortised" }))).toMatchObject({ state: "collect", mode: "amortised" });
  expect(one.answer(caller(4, { mode: "amortised" }))).toMatchObject({ state: "pause", mode: "amortised" });
});

test("a profile on demand is taken up by those it fits, for its seconds, at its rate", () => {
  now = 1000;
  const one = schedule();
  one.answer(caller(1));
  const wish = { service: "shop", version: "1", seconds: 30, hz: 500 };
  const { profileId } = one.request(wish) ?? expect.unreachable();
  expect(one.progress(profileId)).toMatchObject({
    state: "waiting",
    agents: 1,
    services: ["shop"],
    instances: [],
  });
  now = 2000;
  expect(one.answer(caller(1))).toMatchObject({
    state: "collect",
    mode: "on_demand",
    periodNano: 2_000_000,
    windowMs: 5000,
    leaseUntilUnixNano: "32000000000",
  });
  expect(one.answer(caller(2, { version: "2" }))).toMatchObject({ state: "pause" });
  expect(one.answer(caller(3, { service: "cart" }))).toMatchObject({ state: "pause" });
  expect(one.progress(profileId)).toMatchObject({
    state: "collecting",
    instances: [{ instance: caller(1).instance, version: "1", untilUnixNano: "32000000000" }],
  });
  now = 31_000;
  expect(one.answer(caller(1))).toMatchObject({ state: "collect" });
  // Too late to join.
  expect(one.answer(caller(4))).toMatchObject({ state: "pause" });
  now = 32_000;
  expect(one.answer(caller(1))).toMatchObject({ state: "pause" });
  expect(one.progress(profileId)).toMatchObject({ state: "done" });
});

test("a continuous agent gets the denser rate too, and the densest of several", () => {
  now = 0;
  const one = schedule();
  one.request({ service: "shop", seconds: 10, hz: 200 });
  one.request({ service: "shop", seconds: 5, hz: 400 });
  expect(one.answer(caller(1, { mode: "continuous" }))).toMatchObject({
    mode: "on_demand",
    periodNano: 2_500_000,
    leaseUntilUnixNano: "10000000000",
  });
  now = 6000;
  expect(one.answer(caller(1, { mode: "continuous" }))).toMatchObject({ periodNano: 5_000_000 });
  now = 11_000;
  expect(one.answer(caller(1, { mode: "continuous" }))).toMatchObject({ mode: "continuous", periodNano: 0 });
});

test("a request nobody takes up is done in time; open ones are bounded, old ones forgotten", () => {
  now = 0;
  const one = schedule();
  const wish = { service: "nobody", seconds: 10, hz: 99 };
  const first = one.request(wish) ?? expect.unreachable();
  for (let n = 1; n < 50; n++) expect(one.request(wish)).toBeDefined();
  expect(one.request(wish)).toBeUndefined();
  now = 4000;
  expect(one.progress(first.profileId)).toMatchObject({ state: "done", agents: 0 });
  for (let round = 0; round < 5; round++, now += 4000)
    for (let n = 0; n < 50; n++) expect(one.request(wish)).toBeDefined();
  expect(one.progress(first.profileId)).toBeUndefined();
});

test("of a large fleet a bounded number of instances takes part", () => {
  now = 0;
  const one = schedule();
  const { profileId } = one.request({ service: "shop", seconds: 10, hz: 99 }) ?? expect.unreachable();
  for (let n = 0; n < 300; n++) one.answer(caller(n));
  expect(one.progress(profileId)?.instances).toHaveLength(100);
});
