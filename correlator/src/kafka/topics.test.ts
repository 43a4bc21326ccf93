import { expect, test } from "vitest";
import { topicsToRead } from "./topics.ts";

test("spans that others store are not read, profiles are", () => {
  expect(topicsToRead(false)).toEqual(["hotspan.profiles.v1", "otlp_spans", "otlp_profiles"]);
  expect(topicsToRead(true)).toEqual(["hotspan.profiles.v1", "otlp_profiles"]);
});
