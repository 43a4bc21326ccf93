import { spanColumns } from "./span-columns.ts";
import type { TimeRange } from "../params/time.ts";
import type { LaneRange } from "./ledger-data.ts";
import { checkInstances, type Selection, spanConditions } from "./selection.ts";
import { and, microTime, sql } from "./sql.ts";
import { windowConditions } from "./window-conditions.ts";
import type { Caller, Store } from "./store.ts";

const LONG_TURN_MICROS = 5_000;

/** Where in a selection someone resumed behind a long turn of the loop: stretches of threads, those with the longest turns first. */
export async function readHoldRanges(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  most: number,
): Promise<LaneRange[]> {
  checkInstances(selection.instance);
  const rows = await store.rows<[string, number, string, string]>(
    caller,
    sql`SELECT Instance, Thread, toString(min(StartUnixNano)), toString(max(EndUnixNano)) FROM profile_windows WHERE ${and(
      [
        ...windowConditions(selection),
        sql`Start >= ${microTime(range.from)} AND Start < ${microTime(range.to)}`,
        sql`HasJournal AND notEmpty(ResumeDelta)`,
      ],
    )} GROUP BY Instance, Thread, Seq
      ORDER BY sum(arraySum(arrayFilter(busy -> busy >= ${LONG_TURN_MICROS}, TurnBusy))) DESC, Instance, Thread, Seq LIMIT ${most}`,
  );
  return rows.map(([instance, thread, from, to]) => ({
    instance,
    thread,
    from: BigInt(from),
    to: BigInt(to),
  }));
}

export interface SpanId {
  readonly traceId: string;
  readonly spanId: string;
}

/** A query's text is bounded: a pair takes 60 bytes of it. */
const SPANS_AT_ONCE = 2_000;

/**
 * Which of these spans are what a selection says of spans (operation, duration, labels), as `trace/span`; undefined: it says nothing.
 * Throws `bad_parameter`.
 */
export async function chooseSpans(
  store: Store,
  caller: Caller,
  selection: Selection,
  range: TimeRange,
  spans: Iterable<SpanId>,
): Promise<ReadonlySet<string> | undefined> {
  const condition = spanConditions(selection, [range], await spanColumns(store, caller));
  if (condition === undefined) return undefined;
  const known = new Map<string, SpanId>();
  for (const one of spans) if (one.spanId !== "") known.set(`${one.traceId}/${one.spanId}`, one);
  const all = [...known.values()];
  const chosen = new Set<string>();
  for (let at = 0; at < all.length; at += SPANS_AT_ONCE) {
    const some = all.slice(at, at + SPANS_AT_ONCE);
    const rows = await store.rows<[string, string]>(
      caller,
      sql`SELECT TraceId, SpanId FROM (SELECT arrayJoin(arrayZip(array${some.map(({ traceId }) => traceId)}, array${some.map(({ spanId }) => spanId)})) AS one,
          one.1 AS TraceId, one.2 AS SpanId) WHERE ${condition}`,
    );
    for (const [traceId, spanId] of rows) chosen.add(`${traceId}/${spanId}`);
  }
  return chosen;
}

export interface ProcessFacts {
  readonly version: string;
  readonly environment: string;
  readonly zone: string;
}

/** What processes said of themselves, the latest of it. */
export async function readProcessFacts(
  store: Store,
  caller: Caller,
  instances: readonly string[],
): Promise<ReadonlyMap<string, ProcessFacts>> {
  if (instances.length === 0) return new Map();
  const rows = await store.rows<[string, string, string, string]>(
    caller,
    sql`SELECT Instance, argMax(ServiceVersion, LastSeen), argMax(Environment, LastSeen), argMax(Zone, LastSeen)
      FROM profile_instances WHERE Instance IN ${instances} GROUP BY Instance`,
  );
  return new Map(
    rows.map(([instance, version, environment, zone]) => [instance, { version, environment, zone }]),
  );
}
