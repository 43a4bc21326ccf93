import { expect, test } from "vitest";
import { readAnswer } from "./answer.ts";

const good = {
  state: "collect",
  mode: "on_demand",
  periodNano: 2_000_000,
  windowMs: 5000,
  nowUnixNano: "1764385200000000000",
  leaseUntilUnixNano: "1764385230000000000",
  pollMs: 15_000,
};

test("times are durations from now, whatever the clocks say", () => {
  expect(readAnswer(JSON.stringify(good))).toEqual({
    collect: true,
    mode: "on_demand",
    hz: 500,
    windowMillis: 5000,
    leaseMillis: 30_000,
    pollMillis: 15_000,
  });
});

test("0 means as configured; what is out of range is brought into it", () => {
  const odd = {
    ...good,
    periodNano: 0,
    windowMs: 0,
    leaseUntilUnixNano: "1764385100000000000",
    pollMs: 1,
  };
  expect(readAnswer(JSON.stringify(odd))).toMatchObject({
    hz: undefined,
    windowMillis: undefined,
    leaseMillis: 0,
    pollMillis: 250,
  });
  expect(readAnswer(JSON.stringify({ ...good, periodNano: 1, windowMs: 1e9, pollMs: 1e12 }))).toMatchObject({
    hz: 1000,
    windowMillis: 30_000,
    pollMillis: 600_000,
  });
});

test.each([
  "",
  "null",
  "[]",
  "{}",
  "<html>",
  JSON.stringify({ ...good, state: "run" }),
  JSON.stringify({ ...good, mode: 1 }),
  JSON.stringify({ ...good, pollMs: "soon" }),
])("%s is no answer", (body) => expect(readAnswer(body)).toBeUndefined());
