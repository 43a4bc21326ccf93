import { planLanes, readLanes } from "../db/ledger-data.ts";
import type { Drawn } from "../db/sides.ts";
import { readAttributes, readTracesSlim } from "../db/slim-spans.ts";
import { readTracesCore, type SpanCore, treeOf } from "../db/spans.ts";
import type { Caller } from "../db/store.ts";
import { settledNano } from "../db/settled.ts";
import type { SpanKey } from "../ledger/jobs.ts";
import { toLedgerSpans } from "../ledger/spans.ts";
import type { Measured } from "../ledger/measure.ts";
import type { MeasuredSpan } from "../ledger/vectors.ts";
import type { TimeRange } from "../params/time.ts";
import { descendants } from "../trace/tree.ts";
import type { Context } from "./context.ts";
import { hostsOf, laneRanges, operationsOf, queueRanges } from "./ledger-input.ts";

/** Their windows are a few MB, and what comes back is small: memory stays bounded however many spans are asked for. */
const SPANS_AT_ONCE = 60;
const MARGIN_NANO = 60_000_000_000n;

export const nobody = (): Promise<never> => Promise.reject(new Error("No frames are needed here"));

/** The ledgers of these spans, of any trace, in their order. Those that are not stored any more are left out. */
export async function measureSpans(
  context: Context,
  caller: Caller,
  drawn: readonly Drawn[],
  range: TimeRange,
): Promise<MeasuredSpan[]> {
  const { store } = context;
  if (drawn.length === 0) return [];
  let from = drawn[0]!.startUnixNano;
  let to = from;
  for (const { startUnixNano, durationNano } of drawn) {
    if (startUnixNano < from) from = startUnixNano;
    const end = startUnixNano + BigInt(durationNano);
    if (end > to) to = end;
  }
  const traceIds = [...new Set(drawn.map((one) => one.traceId))];
  const wide = { traceIds, from: from > MARGIN_NANO ? from - MARGIN_NANO : 0n, to: to + MARGIN_NANO };
  const slim = await readTracesSlim(store, caller, wide, settledNano(context.settings.now()));
  const whole = drawn.map((one) => one.spanId);
  const traces = slim ?? (await readTracesCore(store, caller, traceIds, wide.from, wide.to, whole));
  const subjects = drawn.flatMap((key) => {
    const found = subjectOf(key, traces.get(key.traceId) ?? []);
    return found === undefined ? [] : [found];
  });
  const typical = context.typicals.within(
    store,
    caller,
    subjects.flatMap(({ below }) => operationsOf(below)),
    range,
    context.settings.now(),
  );
  // Needed last: read beside the ledgers.
  const attributes =
    slim === undefined
      ? undefined
      : readAttributes(
          store,
          caller,
          subjects.map(({ key, core }) => ({ traceId: key.traceId, core })),
        );
  // Neighbours in time and thread together: they share windows.
  const order = subjects
    .map((subject, i) => ({ subject, i }))
    .sort(
      (a, b) =>
        compare(laneOf(a.subject.core), laneOf(b.subject.core)) ||
        compare(a.subject.core.startUnixNano, b.subject.core.startUnixNano),
    );
  const plan = planLanes(
    store,
    caller,
    subjects.flatMap(({ key, core, below }) => {
      const spans = toLedgerSpans(key.traceId, below);
      return [...laneRanges(spans, [core], 0n), ...queueRanges(spans)];
    }),
  );
  const measured: Measured[] = [];
  const batches: (typeof order)[] = [];
  for (let at = 0; at < order.length; at += SPANS_AT_ONCE) batches.push(order.slice(at, at + SPANS_AT_ONCE));
  // Two under way: one is read or computed beside the other.
  let next = 0;
  const work = async (): Promise<void> => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) await answer(batch);
  };
  const [found] = await Promise.all([attributes, work(), work()]);
  return measured.map((one, i): MeasuredSpan => {
    const { key, core } = subjects[i]!;
    const own = found?.get(`${key.traceId}/${key.spanId}`);
    return { ...one, attributes: visible(own ?? { ...core.resource, ...core.attributes }) };
  });

  /** That a hidden value differs would be seen even without it. */
  function visible(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const { redaction } = context.settings;
    if (!redaction.active) return all;
    return Object.fromEntries(Object.entries(all).filter(([key]) => !redaction.hides(key)));
  }

  async function answer(batch: typeof order): Promise<void> {
    const spans = batch.flatMap(({ subject }) => toLedgerSpans(subject.key.traceId, subject.below));
    const cores = batch.map(({ subject }) => subject.core);
    const ranges = [...laneRanges(spans, cores, 0n), ...queueRanges(spans)];
    const [data, usual] = await Promise.all([
      plan.then((planned) => readLanes(store, caller, ranges, { plan: planned })),
      typical,
    ]);
    const answers = await context.ledgers.run(
      {
        kind: "measure",
        data,
        ranges,
        spans,
        typical: usual,
        hosts: hostsOf(batch.flatMap(({ subject }) => subject.below)),
        subjects: batch.map(({ subject }) => subject.key),
      },
      nobody,
    );
    answers.forEach((one, i) => {
      measured[batch[i]!.i] = one;
    });
  }
}

interface Subject {
  readonly key: SpanKey;
  readonly core: SpanCore;
  /** Itself and its descendants. */
  readonly below: readonly SpanCore[];
}

function subjectOf({ traceId, spanId }: Drawn, cores: readonly SpanCore[]): Subject | undefined {
  const { tree } = treeOf(cores);
  const at = tree.byId.get(spanId);
  if (at === undefined) return undefined;
  return {
    key: { traceId, spanId },
    core: cores[at]!,
    below: descendants(tree, at).map((index) => cores[index]!),
  };
}

const laneOf = ({ instance, thread }: SpanCore): string => `${instance ?? ""}/${thread ?? ""}`;

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
