import { expect, test } from "vitest";
import { hashTurn, SLOT_MILLIS } from "./hash-rule.ts";

const instance = (n: number): string => n.toString(16).padStart(32, "0");

test("of N replicas one collects on average, and each in its turn", () => {
  let collecting = 0;
  for (let n = 0; n < 10; n++) {
    let own = 0;
    for (let slot = 0; slot < 2000; slot++) if (hashTurn(instance(n), slot * SLOT_MILLIS, 10).collect) own++;
    // 200, give or take 4 standard deviations of 13.4.
    expect(Math.abs(own - 200)).toBeLessThan(54);
    collecting += own;
  }
  expect(Math.abs(collecting - 2000)).toBeLessThan(170);
});

test("a turn lasts to the end of its slot, and does not change within", () => {
  for (let n = 0; n < 50; n++) {
    const begin = hashTurn(instance(n), 7 * SLOT_MILLIS, 3);
    expect(begin.until).toBe(8 * SLOT_MILLIS);
    expect(hashTurn(instance(n), 8 * SLOT_MILLIS - 1, 3)).toEqual(begin);
  }
});

test("a single replica collects always", () => {
  for (let slot = 0; slot < 50; slot++)
    expect(hashTurn(instance(1), slot * SLOT_MILLIS, 1).collect).toBe(true);
});
