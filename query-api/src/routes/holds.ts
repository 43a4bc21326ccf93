import { chooseSpans, readHoldRanges, readProcessFacts } from "../db/holds.ts";
import { type LaneData, type LaneRange, readLanes } from "../db/ledger-data.ts";
import type { SampleGroup } from "../db/samples.ts";
import type { Selection } from "../db/selection.ts";
import type { SeriesKey, SeriesPoint } from "../db/series.ts";
import type { Caller } from "../db/store.ts";
import type { ThreadHold } from "../ledger/jobs.ts";
import type { TimeRange } from "../params/time.ts";
import type { Context } from "./context.ts";
import { nobody } from "./measure.ts";

/** A millisecond or two each: what is beyond are those whose turns were shortest. */
const MAX_WINDOWS = 600;
const WINDOWS_AT_ONCE = 100;

function compute({ ledgers }: Context, data: LaneData, stepNano?: number): Promise<readonly ThreadHold[]> {
  const none = { ranges: [], spans: [], typical: new Map(), hosts: new Map() };
  const steps = stepNano === undefined ? {} : { stepNano };
  return ledgers.run({ kind: "loop_hold", data, ...none, ...steps }, nobody);
}

/** By stack. A hold's samples are how often it delayed somebody. */
function toGroups(holds: readonly ThreadHold[], bySpan: boolean): SampleGroup[] {
  const groups = new Map<string, { -readonly [K in keyof SampleGroup]: SampleGroup[K] }>();
  for (const { stack, spanId, nano, delayed } of holds) {
    const space = stack.indexOf(" ");
    const owner = bySpan ? spanId : "";
    const key = `${stack} ${owner}`;
    const known = groups.get(key);
    if (known !== undefined) {
      known.wall += nano;
      known.samples += delayed;
    } else
      groups.set(key, {
        service: stack.slice(space + 1),
        stackHash: stack.slice(0, space),
        spanId: owner,
        instance: "",
        thread: 0,
        wall: nano,
        cpu: 0,
        samples: delayed,
      });
  }
  return [...groups.values()];
}

interface Holds {
  readonly holds: readonly ThreadHold[];
  /** Windows with short turns are left out. */
  readonly truncated: boolean;
}

/** @param stepNano holds are told apart by steps of this length */
async function readHolds(
  context: Context,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  stepNano?: number,
): Promise<Holds> {
  const { store } = context;
  const found = await readHoldRanges(store, caller, selection, range, MAX_WINDOWS + 1);
  // In order of threads and time, so that neighbours are read together.
  const ranges = found
    .slice(0, MAX_WINDOWS)
    .sort((a, b) =>
      a.instance !== b.instance
        ? a.instance < b.instance
          ? -1
          : 1
        : a.thread - b.thread || (a.from < b.from ? -1 : 1),
    );
  const holds: ThreadHold[] = [];
  for (let at = 0; at < ranges.length; at += WINDOWS_AT_ONCE) {
    const batch = ranges.slice(at, at + WINDOWS_AT_ONCE);
    // Each window once: the neighbours belong to another batch.
    holds.push(
      ...(await compute(context, await readLanes(store, caller, batch, { exactly: true }), stepNano)),
    );
  }
  const { endpoint = [] } = selection;
  const named = endpoint.length === 0 ? holds : holds.filter((hold) => endpoint.includes(hold.endpoint));
  const chosen = await chooseSpans(store, caller, selection, range, named);
  return {
    holds:
      chosen === undefined
        ? named
        : named.filter(({ traceId, spanId }) => chosen.has(`${traceId}/${spanId}`)),
    truncated: found.length > MAX_WINDOWS,
  };
}

/** Of a selection, by stack. Throws `bad_parameter`. */
export async function readSelectionHolds(
  context: Context,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
): Promise<{ readonly groups: SampleGroup[]; readonly truncated: boolean }> {
  const { holds, truncated } = await readHolds(context, caller, selection, range);
  return { groups: toGroups(holds, false), truncated };
}

/** Of a selection, by steps of time and what it is grouped by. Throws `bad_parameter`. */
export async function readHoldSeries(
  context: Context,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  stepMs: number,
  dimensions: readonly SeriesKey[],
): Promise<{ readonly points: SeriesPoint[]; readonly truncated: boolean }> {
  const { holds, truncated } = await readHolds(context, caller, selection, range, stepMs * 1e6);
  const instances = [...new Set(holds.map(({ instance }) => instance))];
  const facts = await readProcessFacts(context.store, caller, instances);
  const points = new Map<string, SeriesPoint>();
  for (const hold of holds) {
    const at = hold.step * stepMs;
    // The last windows of the range reach beyond it.
    if (BigInt(at) * 1_000_000n >= range.to) continue;
    const values: Readonly<Record<SeriesKey, string>> = {
      service: hold.stack.slice(hold.stack.indexOf(" ") + 1),
      endpoint: hold.endpoint,
      instance: hold.instance,
      thread: String(hold.thread),
      ...(facts.get(hold.instance) ?? { version: "", environment: "", zone: "" }),
    };
    const key = dimensions.map((one) => values[one]);
    const id = `${at} ${JSON.stringify(key)}`;
    points.set(id, { at, key, value: (points.get(id)?.value ?? 0) + hold.nano });
  }
  return { points: [...points.values()].sort((a, b) => a.at - b.at), truncated };
}

/** How these spans of one trace held others up. */
export async function readSpanHolds(
  context: Context,
  caller: Caller,
  traceId: string,
  spanIds: ReadonlySet<string>,
  ranges: readonly LaneRange[],
): Promise<SampleGroup[]> {
  const holds = await compute(context, await readLanes(context.store, caller, ranges));
  return toGroups(
    holds.filter((hold) => hold.traceId === traceId && spanIds.has(hold.spanId)),
    true,
  );
}
