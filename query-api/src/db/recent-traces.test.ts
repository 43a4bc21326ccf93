import { expect, test } from "vitest";
import { RecentTraces } from "./recent-traces.ts";
import type { SpanCore } from "./spans.ts";

const spans = (count: number): SpanCore[] =>
  Array.from({ length: count }, (_, i) => ({ spanId: String(i) }) as SpanCore);

test("a trace is kept for half a minute from when it was read, however often it is asked for", () => {
  const recent = new RecentTraces();
  recent.set("a", spans(3), 0);
  expect(recent.get("a", 20_000)).toHaveLength(3);
  expect(recent.get("a", 29_999)).toHaveLength(3);
  expect(recent.get("a", 30_000)).toBeUndefined();
  expect(recent.get("b", 0)).toBeUndefined();
});

test("those asked for longest ago make room; a huge one is not kept", () => {
  const recent = new RecentTraces();
  for (let i = 0; i < 20; i++) {
    recent.set(String(i), spans(4_000), 0);
    recent.get("0", 0);
  }
  expect(recent.get("0", 0)).toHaveLength(4_000);
  expect(recent.get("1", 0)).toBeUndefined();
  expect(recent.get("19", 0)).toHaveLength(4_000);
  recent.set("huge", spans(20_000), 0);
  expect(recent.get("huge", 0)).toBeUndefined();
  expect(recent.get("19", 0)).toHaveLength(4_000);
});
