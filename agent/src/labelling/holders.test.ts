import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SpanBook } from "../otel/span-book.ts";
import type { OtelContext, OtelSpan } from "../otel/types.ts";
import { SPAN_KEY } from "../otel/types.ts";
import { createSampler, type NativeSampler, release } from "../sampler/native.ts";
import { Holders, sampleOf, storeOf } from "./holders.ts";
import { hasContextFrame } from "./labeller.ts";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;

const span: OtelSpan = {
  spanContext: () => ({ traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 }),
};
const inside = (active: OtelSpan | undefined): OtelContext => ({
  getValue: (key) => (key === SPAN_KEY ? active : undefined),
  setValue: () => inside(active),
  deleteValue: () => inside(active),
});

const storage = new AsyncLocalStorage<unknown>();
let sampler: NativeSampler;
let holders: Holders;
let book: SpanBook;
beforeEach(() => {
  sampler = createSampler({ hz: 99, windowMillis: 1000, frameKey: storage });
  sampler.start();
  book = new SpanBook();
  holders = new Holders(book, { reads: 0, writes: 0 });
  holders.connect(sampler);
});
afterEach(() => {
  holders.disconnect();
  sampler.stop(false);
  release(sampler);
});

test.runIf(hasContextFrame())("a frame hands out its context, and samples carry its span", () => {
  const context = inside(span);
  storage.run(holders.of(context), () => {
    expect(storeOf(storage.getStore())).toBe(context);
    expect(sampleOf(sampler.context)).toBe(book.of(span));
  });
  const bare = inside(undefined);
  expect(holders.of(bare)).toBe(bare);
});

test.runIf(hasContextFrame())("what a frame carries is changed in place, to nothing as well", () => {
  const context = inside(span);
  const raw = (): unknown => storage.getStore();
  storage.run(inside(undefined), () => {
    for (const sample of [book.of(span), undefined, book.of(span)]) {
      holders.replace(sampler, sample, context, raw);
      expect(storeOf(raw())).toBe(context);
      expect(sampleOf(sampler.context)).toBe(sample);
    }
  });
});

test.runIf(hasContextFrame())(
  "a context is gone with its frame, although the sampler still knows its holder",
  async () => {
    let context: OtelContext | undefined = inside(span);
    const gone = new WeakRef(context);
    holders.of(context);
    holders.forget();
    context = undefined;
    // A reference that was looked at lives as long as the turn.
    await nextTurn();
    collect();
    expect(gone.deref()).toBeUndefined();
  },
);
