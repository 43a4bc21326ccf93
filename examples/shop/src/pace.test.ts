import { expect, test } from "vitest";
import { suitedRate, USUAL_RATE } from "./pace.ts";

/** A clock by which each parse takes so long. */
const taking = (ms: number): (() => number) => {
  let at = 0;
  return () => (at += ms);
};

test("a slower machine gets fewer requests, a faster one no more than usual", () => {
  expect(suitedRate(taking(10))).toBe(USUAL_RATE);
  expect(suitedRate(taking(40))).toBe(USUAL_RATE);
  expect(suitedRate(taking(80))).toBe(USUAL_RATE / 2);
  expect(suitedRate(taking(10_000))).toBe(3);
});
