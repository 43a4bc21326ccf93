import { expect, test } from "vitest";
import { dayMs, lastDayOf, lookBackOf } from "./look-back.ts";

const now = Date.parse("2026-11-23T15:20:00Z");
const at = (text: string): number => Date.parse(`2026-11-${text}:00Z`);

test("names are those of the range in force, of a day at least", () => {
  expect(lookBackOf({ from: now - 900_000, to: now }, now)).toBe("day");
  expect(lookBackOf({ from: now - dayMs, to: now }, now)).toBe("day");
  // An incident of five days ago: its services, though they are gone by now.
  expect(lookBackOf({ from: at("18T09:10"), to: at("18T10:05") }, now)).toEqual({
    from: at("17T10:00"),
    to: at("18T11:00"),
  });
  expect(lookBackOf({ from: now - 7 * dayMs, to: now }, now)).toEqual({
    from: at("16T15:00"),
    to: at("23T16:00"),
  });
});

test("endpoints are measured over a day at most", () => {
  expect(lastDayOf({ from: now - 900_000, to: now })).toEqual({ from: now - 900_000, to: now });
  expect(lastDayOf({ from: now - 7 * dayMs, to: now })).toEqual({ from: now - dayMs, to: now });
});
