import { describe, expect, test } from "vitest";
import type { ProfileState, SpanProfile, TraceSpan } from "../api/types.ts";
import { profileOf } from "../flamegraph/fixture.ts";
import { buildTree } from "../flamegraph/tree.ts";
import { spanSentence } from "./sentence.ts";
import { panelWords, rowLabel, rowWords } from "./states.ts";

const span = {
  service: "checkout",
  name: "GET /cart",
  durationNano: 964_000_000,
  instance: "7d9f2c4a7d9f2c4a7d9f2c4a7d9f2c4a",
  profile: { state: "ready", selfSamples: 64, subtreeSamples: 66 },
} as unknown as TraceSpan;
const inState = (state: ProfileState, more: Partial<TraceSpan> = {}): TraceSpan => ({
  ...span,
  ...more,
  profile: { state, selfSamples: 0, subtreeSamples: 0 },
});

test("rows say the samples or the state, and their link is always the profile of this span", () => {
  expect(rowWords(span.profile)).toBe("Profile · 64 samples");
  expect(rowWords({ state: "ready", selfSamples: 1, subtreeSamples: 1 })).toBe("Profile · 1 sample");
  expect(rowWords({ state: "ready", selfSamples: 0, subtreeSamples: 67 })).toBe("no own samples");
  expect(rowWords({ state: "ready", selfSamples: 0, subtreeSamples: 0 })).toBe("no own samples");
  expect(rowLabel(span)).toBe("Profile for this span: checkout GET /cart, 64 samples");
  expect(rowLabel(inState("no_agent"))).toBe("Profile for this span: checkout GET /cart, no agent");
});

test("every state without a profile has a sentence of its own", () => {
  const states = [
    "pending",
    "too_short",
    "not_sampled",
    "no_agent",
    "lost",
    "expired",
    "unsupported",
  ] as const;
  const texts = states.map((state) => panelWords(state, inState(state), { retryAfterMs: 3_200 }).text);
  expect(new Set(texts).size).toBe(states.length);
  expect(texts[0]).toBe("The samples of this moment have not arrived yet. Looking again in 4 s.");
  expect(texts[3]).toBe("checkout sends spans, but no samples.");
  expect(
    panelWords("too_short", inState("too_short", { durationNano: 6_600_000 }), { periodNano: 10_100_000 })
      .text,
  ).toBe("6.6 ms is shorter than the sampling interval of 10.1 ms.");
});

describe("the sentence of a span", () => {
  const says = (answer: SpanProfile | undefined): string =>
    spanSentence(span, {
      answer,
      tree: answer?.profile === undefined ? undefined : buildTree(answer.profile),
    })
      .map((part) => (typeof part === "string" ? part : part.strong))
      .join("");
  const ready = (root: Parameters<typeof profileOf>[0]): SpanProfile => ({
    state: "ready",
    profile: profileOf(root),
  });
  test("names where most of its samples were, and garbage collection that matters", () => {
    expect(
      says(
        ready({
          f: "GET /cart",
          c: [
            { f: "parseCart", c: [{ f: "JSON.parse", kind: "v8", self: 546e6 }] },
            { f: "(garbage collector)", kind: "gc", self: 64e6 },
          ],
        }),
      ),
    ).toBe("GET /cart took 964 ms: 546 ms JSON.parse in parseCart, 64 ms garbage collection.");
  });
  test("says how little of a span that mostly waited its samples are", () => {
    expect(says(ready({ f: "r", c: [{ f: "handler", self: 20e6 }] }))).toBe(
      "GET /cart took 964 ms, 20 ms of them with its code on the thread: 20 ms handler.",
    );
  });
  test("claims no cause where time is spread, or nothing was sampled", () => {
    expect(
      says(
        ready({
          f: "r",
          c: [
            { f: "a", self: 5e6 },
            { f: "b", self: 5e6 },
          ],
        }),
      ),
    ).toBe("GET /cart took 964 ms, 10 ms of them with its code on the thread.");
    expect(says({ state: "too_short" })).toBe("GET /cart took 964 ms, too short to be profiled.");
    expect(says(undefined)).toBe("GET /cart took 964 ms.");
  });
});
