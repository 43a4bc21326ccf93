import { expect, test } from "vitest";
import { checkRetention, retentionFromEnv, tiers } from "./retention.ts";

const defaults = Object.fromEntries(
  Object.entries(tiers).map(([tier, { days }]) => [tier, days]),
) as Parameters<typeof checkRetention>[0];

const refused = (words: RegExp): unknown =>
  expect.objectContaining({
    code: "HOTSPAN_STORE_BAD_SETTING",
    message: expect.stringMatching(words) as string,
  });

test("what is not set stays unset", () => {
  expect(retentionFromEnv({ HOTSPAN_RETENTION_SAMPLES_DAYS: "3", HOTSPAN_RETENTION_SPANS_DAYS: "" })).toEqual(
    {
      samples: 3,
    },
  );
  expect(retentionFromEnv({})).toEqual({});
});

test.each([
  ["HOTSPAN_RETENTION_SAMPLES_DAYS", "1", /from 2/],
  ["HOTSPAN_RETENTION_SAMPLES_DAYS", "0", /SAMPLES_DAYS=0 is not a number of days from 2/],
  ["HOTSPAN_RETENTION_SAMPLES_DAYS", "-1", /from 2/],
  ["HOTSPAN_RETENTION_SAMPLES_DAYS", "1.5", /from 2/],
  ["HOTSPAN_RETENTION_SAMPLES_DAYS", "7d", /from 2/],
  ["HOTSPAN_RETENTION_STACKS_DAYS", "4000", /to 3650/],
  ["HOTSPAN_RETENTION_SAMPLE_DAYS", "7", /SAMPLE_DAYS is none of HOTSPAN_RETENTION_SAMPLES_DAYS, /],
])("%s=%s is refused", (name, value, words) => {
  expect(() => retentionFromEnv({ [name]: value })).toThrow(refused(words));
});

test("the defaults agree with each other", () => {
  expect(() => checkRetention(defaults, true)).not.toThrow();
});

test.each([
  [
    { samples: 45, slow: 45, windows: 45, spans: 45 },
    /STACKS_DAYS \(45\) must be at least 46, as HOTSPAN_RETENTION_SAMPLES_DAYS is 45/,
  ],
  [{ windows: 60 }, /STACKS_DAYS \(45\) must be at least 61/],
  [{ stacks: 30 }, /STACKS_DAYS \(30\) must be at least 31, as HOTSPAN_RETENTION_SLOW/],
  [{ samples: 31, spans: 40, windows: 40 }, /SLOW_DAYS \(30\) must be at least 31/],
  [{ windows: 6 }, /WINDOWS_DAYS \(6\) must be at least 7/],
  [{ spans: 3, slow: 10 }, /SPANS_DAYS \(3\) must be at least 7/],
  [{ spans: 20 }, /SPANS_DAYS \(20\) must be at least 30, as HOTSPAN_RETENTION_SLOW/],
])("nothing outlives what it refers to: %o", (changed, words) => {
  expect(() => checkRetention({ ...defaults, ...changed }, true)).toThrow(refused(words));
});

test("how long somebody else's spans are kept is not judged", () => {
  expect(() => checkRetention({ ...defaults, spans: 1 }, false)).not.toThrow();
});
