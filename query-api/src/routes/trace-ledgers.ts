import { planLanes, readLanes, readTypical } from "../db/ledger-data.ts";
import { readTracesSlim } from "../db/slim-spans.ts";
import { readTracesCore, type SpanCore, treeOf } from "../db/spans.ts";
import type { Caller } from "../db/store.ts";
import { settledNano } from "../db/settled.ts";
import { toLedgerSpans } from "../ledger/spans.ts";
import { criticalPath } from "../trace/critical-path.ts";
import { rootOf } from "../trace/tree.ts";
import type { TraceRow, TraceRowLedger } from "../types.ts";
import type { Context } from "./context.ts";
import { hostsOf, laneRanges, operationsOf, queueRanges } from "./ledger-input.ts";
import { nobody } from "./measure.ts";

const MARGIN_NANO = 60_000_000_000n;
const TYPICAL_NANO = 600_000_000_000n;
/** Their windows are a few MB at most. */
const TRACES_AT_ONCE = 10;

/** Where the time of each of these traces went, along its critical path; null: none of it was sampled. */
export async function ledgersOfTraces(
  context: Context,
  caller: Caller,
  rows: readonly TraceRow[],
): Promise<(TraceRowLedger | null)[]> {
  const { store, ledgers, settings } = context;
  if (rows.length === 0) return [];
  const starts = rows.map((row) => BigInt(row.startUnixNano));
  const ends = rows.map((row) => BigInt(row.startUnixNano) + BigInt(row.durationNano));
  const from = starts.reduce((least, one) => (one < least ? one : least));
  const to = ends.reduce((most, one) => (one > most ? one : most));
  const range = {
    traceIds: rows.map((row) => row.traceId),
    from: from > MARGIN_NANO ? from - MARGIN_NANO : 0n,
    to: to + MARGIN_NANO,
  };
  const traces =
    (await readTracesSlim(store, caller, range, settledNano(settings.now()))) ??
    (await readTracesCore(store, caller, range.traceIds, range.from, range.to));
  const typical = await readTypical(store, caller, operationsOf([...traces.values()].flat()), {
    from: from > TYPICAL_NANO ? from - TYPICAL_NANO : 0n,
    to: to + TYPICAL_NANO,
  });
  const found = new Map<string, TraceRowLedger>();
  const plans = [...traces].map(([traceId, cores]) => planOf(traceId, cores));
  const plan = await planLanes(
    store,
    caller,
    plans.flatMap((one) => one.ranges),
  );
  const batches: (typeof plans)[] = [];
  for (let at = 0; at < plans.length; at += TRACES_AT_ONCE)
    batches.push(plans.slice(at, at + TRACES_AT_ONCE));
  // Two under way: one is read or computed beside the other.
  let next = 0;
  const work = async (): Promise<void> => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) await answer(batch);
  };
  await Promise.all([work(), work()]);
  return rows.map(({ traceId }) => found.get(traceId) ?? null);

  async function answer(batch: typeof plans): Promise<void> {
    const ranges = batch.flatMap((one) => one.ranges);
    const answers = await ledgers.run(
      {
        kind: "classes",
        data: await readLanes(store, caller, ranges, { plan }),
        ranges,
        spans: batch.flatMap((one) => one.spans),
        typical,
        hosts: hostsOf(batch.flatMap((one) => one.cores)),
        subjects: batch.map((one) => one.root),
      },
      nobody,
    );
    answers.forEach((classes, i) => {
      if (classes !== undefined)
        found.set(
          batch[i]!.root.traceId,
          classes.map((one) => ({ ...one })),
        );
    });
  }
}

function planOf(traceId: string, cores: readonly SpanCore[]) {
  const { tree } = treeOf(cores);
  const root = cores[rootOf(tree) ?? 0]!;
  const path = [...new Set(criticalPath(tree).map(({ span }) => cores[span]!))];
  const spans = toLedgerSpans(traceId, cores);
  return {
    root: { traceId, spanId: root.spanId },
    cores,
    spans,
    ranges: [...laneRanges(spans, path, 0n), ...queueRanges(spans)],
  };
}
