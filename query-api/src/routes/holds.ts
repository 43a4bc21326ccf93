import type { LoopHold } from "@hotspan/ledger";
import { readHoldRanges } from "../db/holds.ts";
import { type LaneData, type LaneRange, readLanes } from "../db/ledger-data.ts";
import type { SampleGroup } from "../db/samples.ts";
import type { Selection } from "../db/selection.ts";
import type { Caller } from "../db/store.ts";
import type { TimeRange } from "../params/time.ts";
import type { Context } from "./context.ts";
import { nobody } from "./measure.ts";

/** A millisecond or two each: what is beyond are those whose turns were shortest. */
const MAX_WINDOWS = 600;
const WINDOWS_AT_ONCE = 100;

function compute({ ledgers }: Context, data: LaneData): Promise<readonly LoopHold[]> {
  const none = { ranges: [], spans: [], typical: new Map(), hosts: new Map() };
  return ledgers.run({ kind: "loop_hold", data, ...none }, nobody);
}

/** By stack. A hold's samples are how often it delayed somebody. */
function toGroups(holds: readonly LoopHold[], bySpan: boolean): SampleGroup[] {
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

export async function readSelectionHolds(
  context: Context,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
): Promise<{ readonly groups: SampleGroup[]; readonly truncated: boolean }> {
  const found = await readHoldRanges(context.store, caller, selection, range, MAX_WINDOWS + 1);
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
  const holds: LoopHold[] = [];
  for (let at = 0; at < ranges.length; at += WINDOWS_AT_ONCE) {
    const batch = ranges.slice(at, at + WINDOWS_AT_ONCE);
    // Each window once: the neighbours belong to another batch.
    holds.push(...(await compute(context, await readLanes(context.store, caller, batch, { exactly: true }))));
  }
  const { endpoint } = selection;
  const wanted =
    endpoint === undefined || endpoint.length === 0
      ? holds
      : holds.filter((hold) => endpoint.includes(hold.endpoint));
  return { groups: toGroups(wanted, false), truncated: found.length > MAX_WINDOWS };
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
