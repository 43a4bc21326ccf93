import { childKind, type Ledger as Computed, type LedgerSpan } from "@hotspan/ledger";
import { readEvidence } from "../db/evidence.ts";
import { type LaneRange, type Operation, readLanes } from "../db/ledger-data.ts";
import { settledNano } from "../db/settled.ts";
import { readTraceCore, type SpanCore } from "../db/spans.ts";
import type { Caller } from "../db/store.ts";
import { ledgerState } from "../ledger/answer.ts";
import type { ResolveFrames } from "../ledger/frames.ts";
import type { LedgerInput } from "../ledger/jobs.ts";
import { toLedgerSpans } from "../ledger/spans.ts";
import { type Evidence, judge, laneIndex } from "../trace/evidence.ts";
import { profileState, retryAfterMs } from "../trace/state.ts";
import type { Frame, ProfileState } from "../types.ts";
import type { Context } from "./context.ts";

export interface Gathered {
  readonly input: LedgerInput;
  /** What the state of these spans would be without samples, given that of their computed ledger. */
  readonly stateOf: (computed: Computed["state"], subject: SpanCore) => Promise<LedgerState>;
}

export interface LedgerState {
  readonly state: ProfileState;
  readonly retryAfterMs: number | undefined;
}

/**
 * All that the ledgers of `subjects` need.
 * @param cores spans of one trace: the subjects and whatever lies below them.
 * @param subjects spans whose threads are read, `padNano` beyond them on both sides.
 */
export async function gather(
  { store, retention, typicals, settings }: Context,
  caller: Caller,
  traceId: string,
  cores: readonly SpanCore[],
  subjects: readonly SpanCore[],
  padNano = 0n,
): Promise<Gathered> {
  const now = settings.now();
  const unnamed = subjects.some((core) => core.instance === undefined);
  const early = unnamed ? undefined : toLedgerSpans(traceId, cores);
  const rangesOf = (spans: readonly LedgerSpan[]): LaneRange[] => [
    ...laneRanges(spans, subjects, padNano),
    ...queueRanges(spans),
  ];
  // What was computed is then the state, and what it was computed from is all there is to know.
  const settled = settledNano(now);
  const certain =
    !unnamed && subjects.every((core) => core.startUnixNano + BigInt(core.durationNano) < settled);
  const [evidence, lanes, typical] = await Promise.all([
    certain ? undefined : readEvidence(store, caller, retention, subjects, now),
    early === undefined ? undefined : readLanes(store, caller, rangesOf(early)),
    typicals.around(store, caller, operationsOf(cores), subjects[0]?.startUnixNano ?? 0n, now),
  ]);
  const spans = early ?? toLedgerSpans(traceId, cores, evidence?.agents);
  const ranges = rangesOf(spans);
  const data = lanes ?? (await readLanes(store, caller, ranges));
  return {
    input: { data, ranges, spans, typical, hosts: hostsOf(cores) },
    stateOf: async (computed, subject) => {
      if (evidence === undefined && computed !== "no_windows")
        return { state: computed, retryAfterMs: undefined };
      // What was read for the ledger alone may lack what a state is judged by.
      const whole = evidence === undefined ? await readTraceCore(store, caller, traceId) : [];
      const byId = new Map(whole.map((core) => [core.spanId, core]));
      const all = subjects.map((core) => byId.get(core.spanId) ?? core);
      const own = byId.get(subject.spanId) ?? subject;
      const seen = evidence ?? (await readEvidence(store, caller, retention, all, now));
      const { state, retryAfterMs } = stateWithout(seen, own, all);
      return { state: ledgerState(computed, state), retryAfterMs };
    },
  };
}

/** Where these subjects ran, among these spans. */
export function laneRanges(
  spans: readonly LedgerSpan[],
  subjects: readonly SpanCore[],
  padNano: bigint,
): LaneRange[] {
  const ids = new Set(subjects.map((core) => core.spanId));
  return spans.flatMap(({ spanId, instance, thread, startUnixNano, durationNano }) =>
    !ids.has(spanId) || instance === null || thread === null
      ? []
      : [
          {
            instance,
            thread,
            from: startUnixNano > padNano ? startUnixNano - padNano : 0n,
            to: startUnixNano + BigInt(durationNano) + padNano,
          },
        ],
  );
}

/** A server span that begins sooner behind its client span waited for nothing. */
const LATE_NANO = 2_000_000n;
/** Clocks of two hosts are seldom farther apart. */
const MAX_QUEUE_NANO = 60_000_000_000n;

/** Where server spans that began late ran before they did: what their thread was busy with held the request. */
export function queueRanges(spans: readonly LedgerSpan[]): LaneRange[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.flatMap(({ kind, parentSpanId, instance, thread, startUnixNano }) => {
    const client = parentSpanId === null ? undefined : byId.get(parentSpanId);
    if (kind !== "server" || client === undefined || instance === null || thread === null) return [];
    const late = startUnixNano - client.startUnixNano;
    if (late < LATE_NANO || late > MAX_QUEUE_NANO) return [];
    return [{ instance, thread, from: client.startUnixNano, to: startUnixNano }];
  });
}

/** Remote operations: how long they usually take says when the answer was there. */
export function operationsOf(cores: readonly SpanCore[]): Operation[] {
  return cores.flatMap(({ service, name, kind, attributes }) =>
    kind !== "server" && childKind({ name, kind: kind as LedgerSpan["kind"], attributes }) !== "internal"
      ? [{ service, name, kind }]
      : [],
  );
}

export function hostsOf(cores: readonly SpanCore[]): Map<string, string> {
  const hosts = new Map<string, string>();
  for (const { instance, host } of cores)
    if (instance !== undefined && host !== "") hosts.set(instance, host);
  return hosts;
}

/** The state of these spans together, as if none had a sample: `pending` when a window of any may still come. */
function stateWithout(evidence: Evidence, subject: SpanCore, all: readonly SpanCore[]): LedgerState {
  const lanes = laneIndex(evidence);
  let deadline = 0;
  for (const core of all) {
    const judged = judge(core, evidence, lanes);
    if (profileState({ ...judged, samples: 0 }) === "pending")
      deadline = Math.max(deadline, judged.deadlineNano);
  }
  if (deadline > 0) return { state: "pending", retryAfterMs: retryAfterMs(evidence.nowNano, deadline) };
  return {
    state: profileState({ ...judge(subject, evidence, lanes), samples: 0 }),
    retryAfterMs: undefined,
  };
}

/** Looks up stacks named `hash service`; the frames are only those in use. */
export function frameResolver({ store, stacks }: Context, caller: Caller): ResolveFrames {
  return async (names) => {
    const groups = names.map((name) => {
      const space = name.indexOf(" ");
      return { service: name.slice(space + 1), stackHash: name.slice(0, space) };
    });
    const { table, stacks: found } = await stacks.resolve(
      store,
      caller,
      groups.map((group) => ({ ...group, spanId: "", instance: "", thread: 0, wall: 0, cpu: 0, samples: 0 })),
    );
    // All in one buffer: sent to another thread, an array for each of thousands of stacks takes a while.
    const ids = new Int32Array(found.reduce((sum, { stack }) => sum + stack.length, 0));
    const numbers = new Int32Array(table.size).fill(-1);
    const frames: Frame[] = [];
    let at = 0;
    const numbered = found.map(({ stack }) => {
      const from = at;
      for (let i = 0; i < stack.length; i++) {
        const id = stack[i]!;
        if (numbers[id]! < 0) numbers[id] = frames.push(table.frames[id]!) - 1;
        ids[at++] = numbers[id]!;
      }
      return ids.subarray(from, at);
    });
    return { frames, stacks: numbered };
  };
}
