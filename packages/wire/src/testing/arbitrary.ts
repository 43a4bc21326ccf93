import fc from "fast-check";
import { CONTEXT_PATHS, HEAP_REASONS, MODES } from "../encode.ts";
import type { ClockPair, Events, Header, Journal, Label, Ticks, Window } from "../window.ts";

/** Any window that is right: columns of equal length, labels that exist, ticks within start and end. */
export function arbitraryWindow(): fc.Arbitrary<Window> {
  return fc.array(label(), { maxLength: 6 }).chain((labels) =>
    fc.record({
      header: header(),
      ticks: ticks(labels.length),
      labels: fc.constant(labels),
      journal: fc.option(journal(labels.length), { nil: undefined }),
      events: events(),
      pprof: fc.uint8Array({ maxLength: 40 }),
      heap: fc.option(
        fc.record({
          reason: fc.constantFrom(...HEAP_REASONS),
          intervalBytes: safe,
          // An empty field is not written, and without one it is no profile.
          pprof: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        }),
        { nil: undefined },
      ),
    }),
  );
}

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: digits / 2, maxLength: digits / 2 }).map((b) => Buffer.from(b).toString("hex"));
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: "grapheme", maxLength: Math.floor(maxLength / 4) });
const u32 = fc.oneof(fc.nat(200), fc.nat(0xffff_ffff));
const safe = fc.oneof(fc.nat(200), fc.maxSafeNat());
const start: ClockPair = { monotonicNanos: 5_000_000_000n, epochNanos: 1_795_000_000_123_456_789n };
const column = (length: number, max = 2000): fc.Arbitrary<Uint32Array> =>
  fc.uint32Array({ minLength: length, maxLength: length, max });

function attributes(): fc.Arbitrary<Record<string, string>> {
  return fc.dictionary(text(40), text(60), { maxKeys: 5, noNullPrototype: true });
}

function label(): fc.Arbitrary<Label> {
  return fc.record({
    traceId: fc.oneof(fc.constant(""), hex(32)),
    spanId: fc.oneof(fc.constant(""), hex(16)),
    localRootId: fc.oneof(fc.constant(""), hex(16)),
    endpoint: text(60),
    sampled: fc.boolean(),
    user: attributes(),
  });
}

function header(): fc.Arbitrary<Header> {
  return fc.record({
    versionMajor: fc.constant(1),
    versionMinor: fc.nat(300),
    profileId: hex(32),
    part: fc.constant(1),
    parts: fc.integer({ min: 1, max: 300 }),
    instance: hex(32),
    threadId: u32,
    threadName: text(60),
    seq: safe,
    start: fc.constant(start),
    end: fc
      .nat(1_000_000_000)
      .map((n) => ({ monotonicNanos: start.monotonicNanos + BigInt(n), epochNanos: start.epochNanos + 1n })),
    periodNanos: fc.integer({ min: 10_000, max: 1e9 }),
    expectedTicks: u32,
    takenTicks: u32,
    droppedContexts: u32,
    flushStallNanos: safe,
    threadCpuNanos: safe,
    processCpuNanos: safe,
    quietLoop: fc.boolean(),
    mode: fc.constantFrom(...MODES),
    schedule: fc.option(fc.constantFrom(...MODES), { nil: undefined }),
    contextPath: fc.constantFrom(...CONTEXT_PATHS),
    cgroup: fc.option(
      fc.record({
        version: fc.constantFrom(1 as const, 2 as const),
        quotaMicros: safe,
        periodMicros: safe,
        nrThrottled: safe,
        throttledMicros: safe,
      }),
      { nil: undefined },
    ),
    loopDelay: fc.option(fc.record({ p50Nanos: safe, p99Nanos: safe, maxNanos: safe }), { nil: undefined }),
    resource: attributes(),
  });
}

function ticks(labels: number): fc.Arbitrary<Ticks> {
  return fc.nat(40).chain((length) =>
    fc
      .record({
        deltaMicros: column(length),
        state: fc.uint8Array({ minLength: length, maxLength: length, min: 1, max: 4 }),
        cpuMicros: column(length, 0xffff_ffff),
        label: column(length, labels),
        stack: column(length, 9),
        run: fc.oneof(fc.constant(new Uint32Array(0)), column(length, 5)),
      })
      .map((columns) => ({
        ...columns,
        stack: columns.stack.map((stack, i) => (columns.state[i] === 4 ? 0 : stack)),
        run: columns.run.map((run, i) => (columns.state[i] === 4 ? Math.max(1, run) : 1)),
      })),
  );
}

function journal(labels: number): fc.Arbitrary<Journal> {
  return fc.tuple(fc.nat(20), fc.nat(20), fc.nat(5)).chain(([turns, resumes, delays]) =>
    fc.record({
      thresholdMicros: u32,
      turnDeltaMicros: column(turns),
      turnBusyMicros: column(turns, 0xffff_ffff),
      turnLabel: column(turns, labels),
      resumeDeltaMicros: column(resumes),
      resumeLabel: column(resumes, labels),
      resumeSource: fc.oneof(
        fc.constant(new Uint8Array(0)),
        fc.uint8Array({ minLength: resumes, maxLength: resumes, min: 1, max: 5 }),
      ),
      resumeLateMicros: fc.oneof(fc.constant(new Uint32Array(0)), column(resumes, 0xffff_ffff)),
      runDelayDeltaMicros: column(delays),
      runDelaySpanMicros: column(delays, 0xffff_ffff),
      runDelayMicros: column(delays, 0xffff_ffff),
      droppedTurns: u32,
      droppedResumes: u32,
    }),
  );
}

function events(): fc.Arbitrary<Events> {
  return fc.tuple(fc.nat(10), fc.nat(10)).chain(([gc, pool]) =>
    fc.record({
      gcDeltaMicros: column(gc),
      gcDurationMicros: column(gc, 0xffff_ffff),
      gcKind: fc.uint8Array({ minLength: gc, maxLength: gc, max: 16 }),
      poolDeltaMicros: column(pool),
      poolQueueMicros: column(pool, 0xffff_ffff),
    }),
  );
}
