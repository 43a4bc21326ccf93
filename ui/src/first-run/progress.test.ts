import { expect, test } from "vitest";
import type { ServiceInfo } from "../api/types.ts";
import { progressOf } from "./progress.ts";

const now = 1_700_000_010_000;
const nano = "1700000004000000000";
const service = (name: string, spans: boolean, samples: boolean): ServiceInfo => ({
  name,
  versions: [],
  environments: [],
  zones: [],
  instances: 1,
  lastSpanUnixNano: spans ? nano : null,
  lastSampleUnixNano: samples ? nano : null,
});

test("the heading is the present step", () => {
  expect(progressOf([], now)).toMatchObject({
    stage: "no_spans",
    heading: "No spans yet. Attach the agent.",
  });
  expect(progressOf([service("checkout", true, false)], now)).toMatchObject({
    stage: "no_samples",
    heading: "Spans arrive. Waiting for the first samples.",
    spans: "checkout: the latest 6 s ago",
  });
  expect(progressOf([service("checkout", false, true)], now)).toMatchObject({
    stage: "no_spans",
    heading: "Samples arrive. Waiting for the first spans.",
  });
  expect(progressOf([service("checkout", true, true)], now)).toMatchObject({
    stage: "profiled",
    samples: "checkout: the latest 6 s ago",
  });
});
