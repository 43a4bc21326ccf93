import { describe, expect, it } from "vitest";
import { spanLedger } from "./ledger/ledger.ts";
import { accuracyOf, pairsOf } from "./testing/accuracy.ts";
import { blamesOf, isNamed } from "./testing/blame.ts";
import { contextsOf, corpusNames, readCorpus } from "./testing/corpus.ts";
import { random, withoutTicks } from "./testing/simulate.ts";
import { buildTimeline, type Timeline, type UnixRange } from "./timeline/timeline.ts";
import { type Ledger, LEDGER_CLASSES } from "./types.ts";

const ENOUGH = 1000;
/** Of a span of 300 ms three ticks. */
const DECISIVE_POINTS = 10;

describe("on recorded spans of known truth", () => {
  const corpora = corpusNames().map(readCorpus);
  const pairs = corpora.flatMap(pairsOf);
  const heldOut = corpora.filter(({ name }) => name.startsWith("held-out")).flatMap(pairsOf);

  it.each([
    ["all", pairs],
    ["held out", heldOut],
  ])("%s: classes are within 3 points in at least 95 %%, within 1 point in at least 60 %%", (_, some) => {
    const accuracy = accuracyOf(some);
    expect(some.length).toBeGreaterThan(0);
    expect(accuracy.within3, JSON.stringify(accuracy)).toBeGreaterThanOrEqual(0.95);
    expect(accuracy.within1, JSON.stringify(accuracy)).toBeGreaterThanOrEqual(0.6);
  });

  it.skipIf(pairs.length < ENOUGH)("the 95 % interval covers the truth in 93 to 98 %", () => {
    const accuracy = accuracyOf(pairs);
    expect(accuracy.covered, JSON.stringify(accuracy)).toBeGreaterThanOrEqual(0.93);
    expect(accuracy.covered, JSON.stringify(accuracy)).toBeLessThanOrEqual(0.98);
  });

  it.each([7, 11, 23])(
    "without a random fifth of the ticks fewer than one class in 300 moves by more than 3 points: seed %i",
    (seed) => {
      const next = random(seed);
      const moved: string[] = [];
      let all = 0;
      // With a journal: without one, the ticks are all there is.
      for (const corpus of corpora.filter(({ name }) => !name.startsWith("no-"))) {
        const windows = corpus.windows.map((window) => withoutTicks(window, 0.2, next));
        const whole = contextsOf(corpus);
        const lossy = contextsOf({ ...corpus, windows });
        const spans = new Map(corpus.spans.map((span) => [span.spanId, span]));
        for (const { traceId, spanId, durationNano } of corpus.truths) {
          const span = spans.get(spanId);
          if (span === undefined) continue;
          const [was, is] = [whole, lossy].map((contextOf) => {
            const { rows } = spanLedger(span, contextOf(traceId));
            return new Map(rows.map((row) => [row.class, row.nano]));
          });
          for (const name of LEDGER_CLASSES) {
            const [before, after] = [was?.get(name) ?? 0, is?.get(name) ?? 0];
            if (name === "unprofiled" || Math.max(before, after) < 0.01 * durationNano) continue;
            all++;
            if (Math.abs(after - before) > 0.03 * durationNano)
              moved.push(`${corpus.name} ${spanId} ${name}`);
          }
        }
      }
      expect(all).toBeGreaterThan(0);
      expect(moved.length / all, moved.join("\n")).toBeLessThan(1 / 300);
    },
  );

  it("blame names the endpoint and the function that held the span most, and nobody who did not", () => {
    const blames = corpora.filter(({ name }) => /^(?:node|held-out|workers)/.test(name)).flatMap(blamesOf);
    const held = blames.filter(({ truth }) => truth.length > 0);
    const wrong = held.filter((each) => !isNamed(each));
    expect(held.length).toBeGreaterThan(80);
    expect(wrong.length / held.length, JSON.stringify(wrong)).toBeLessThanOrEqual(0.01);
    expect(wrong.filter(({ truth }) => (truth[0]?.[1] ?? 0) >= DECISIVE_POINTS)).toEqual([]);
    const innocent = blames.filter(({ truth, wronged }) => truth.length === 0 && wronged);
    expect(innocent).toEqual([]);
  });

  it("a timeline of the span's stretch alone gives the same ledger as one of whole windows", () => {
    for (const { windows, events, spans, truths } of corpora) {
      const traces = Map.groupBy(spans, ({ traceId }) => traceId);
      for (const { traceId, spanId } of truths.filter((_, i) => i % 4 === 0)) {
        const span = spans.find((each) => each.spanId === spanId);
        if (span === undefined) continue;
        const from = span.startUnixNano;
        const to = from + BigInt(span.durationNano);
        const own = windows.filter(
          ({ instance, thread, startUnixNano, endUnixNano }) =>
            instance === span.instance && thread === span.thread && endUnixNano > from && startUnixNano < to,
        );
        const of = (within?: UnixRange): Ledger => {
          const timeline = buildTimeline(own, events.get(`${span.instance}/${span.thread}`), within);
          const timelineOf = (instance: string): Timeline | undefined =>
            instance === span.instance ? timeline : undefined;
          return spanLedger(span, { spans: traces.get(traceId) ?? [], timelineOf });
        };
        expect(of({ from, to })).toEqual(of());
      }
    }
  });
});
