import { expect, test } from "vitest";
import { pauseProofClock } from "./clock.ts";

test("a pause counts whichever clock noticed it, and time never goes back", () => {
  let monotonic = 100;
  let wall = 5000;
  const now = pauseProofClock(
    () => monotonic,
    () => wall,
  );
  monotonic += 10;
  wall += 10;
  expect(now()).toBe(10);
  wall += 60_000;
  expect(now()).toBe(60_010);
  wall -= 30_000;
  monotonic += 5;
  expect(now()).toBe(60_010);
  monotonic += 90_000;
  expect(now()).toBe(90_015);
});
