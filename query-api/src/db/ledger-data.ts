import type { Readable } from "node:stream";
import type { TimeRange } from "../params/time.ts";
import { EVENT_COLUMNS, WINDOW_COLUMNS } from "../ledger/columns.ts";
import { and, microTime, nanoTime, or, Sql, sql } from "./sql.ts";
import { durationSql } from "./spans.ts";
import type { Caller, Store } from "./store.ts";

/** A stretch of one thread, Unix ns. */
export interface LaneRange {
  readonly instance: string;
  readonly thread: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** RowBinary of `readWindowRows` and `readEventRows`: whoever computes reads it, maybe in another thread. */
export interface LaneData {
  readonly windows: Uint8Array;
  readonly events: Uint8Array;
}

const S = 1_000_000_000n;
/** The longest window the correlator takes. */
export const LONGEST_WINDOW: bigint = 600n * S;
/** A neighbour whose edge is nearer than this makes the edges of the stretch exact. */
const SEAM = S;
const LONGEST_PAUSE = 10n * S;
/** 20 kB each. A span this long (an hour and a half) is unprofiled behind. */
const MAX_WINDOWS = 600;
const MAX_EVENTS = 200_000;
const WAIT_BYTES = "4000000";

const later = (time: bigint, by: bigint): bigint => (time > by ? time - by : 0n);

/** Stretches of a thread that touch are read as one. */
export function mergeRanges(ranges: readonly LaneRange[]): LaneRange[] {
  const lanes = Map.groupBy(ranges, ({ instance, thread }) => `${instance}/${thread}`);
  return [...lanes.values()].flatMap((lane) => {
    const merged: LaneRange[] = [];
    for (const range of lane.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
      const last = merged.at(-1);
      if (last === undefined || range.from > last.to + SEAM) merged.push(range);
      else if (range.to > last.to) merged[merged.length - 1] = { ...last, to: range.to };
    }
    return merged;
  });
}

/** By literal keys: of each thread its stretches. */
function laneCondition(ranges: readonly LaneRange[], stretch: (range: LaneRange) => Sql): Sql {
  const lanes = Map.groupBy(mergeRanges(ranges), ({ instance, thread }) => `${instance}/${thread}`);
  return or(
    [...lanes.values()].map((lane) => {
      const { instance, thread } = lane[0]!;
      return and([sql`Instance = ${instance}`, sql`Thread = ${thread}`, or(lane.map(stretch))]);
    }),
  );
}

/**
 * Windows that lie over these stretches, and their neighbours when near; collections and pool probes within. `exactly`: only
 * windows that begin within.
 */
export async function readLanes(
  store: Store,
  caller: Caller,
  ranges: readonly LaneRange[],
  exactly = false,
): Promise<LaneData> {
  if (ranges.length === 0) return { windows: new Uint8Array(0), events: new Uint8Array(0) };
  const windows = laneCondition(ranges, ({ from, to }) =>
    exactly
      ? sql`Start >= ${microTime(from)} AND Start < ${microTime(to)}`
      : sql`Start >= ${microTime(later(from, LONGEST_WINDOW + SEAM))} AND Start < ${microTime(to + SEAM)} AND End > ${microTime(later(from, SEAM))}`,
  );
  const events = laneCondition(
    ranges,
    ({ from, to }) =>
      sql`Timestamp >= ${microTime(later(from, LONGEST_PAUSE))} AND Timestamp < ${microTime(to + SEAM)}`,
  );
  const [windowRows, eventRows] = await Promise.all([
    binary(
      store,
      caller,
      sql`SELECT ${new Sql(WINDOW_COLUMNS)} FROM profile_windows PREWHERE ${windows} ORDER BY Instance, Thread, Start, Part LIMIT ${MAX_WINDOWS}`,
    ),
    binary(
      store,
      caller,
      sql`SELECT ${new Sql(EVENT_COLUMNS)} FROM profile_events WHERE ${events} ORDER BY Instance, Thread, Timestamp LIMIT ${MAX_EVENTS}`,
    ),
  ]);
  return { windows: windowRows, events: eventRows };
}

/** Complete on the server before its first byte, so that an error is not cut-off data. */
function binary(store: Store, caller: Caller, query: Sql): Promise<Uint8Array> {
  return store.run(caller, store.timeoutMs, async (signal, queryId) => {
    const { stream } = await store.client.exec({
      query: `${query.text} FORMAT RowBinary`,
      query_id: queryId,
      abort_signal: signal,
      // With memory to wait in: without, the server waits with a temporary file.
      clickhouse_settings: { wait_end_of_query: 1, http_response_buffer_size: WAIT_BYTES },
    });
    const chunks: Buffer[] = [];
    for await (const chunk of stream as Readable) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  });
}

/** An operation whose usual duration is asked for. */
export interface Operation {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
}

export const operationKey = ({ service, name, kind }: Operation): string => `${service}\0${name}\0${kind}`;

const MAX_OPERATIONS = 100;

/** Median duration, ns, of these operations within a range. */
export async function readTypical(
  store: Store,
  caller: Caller,
  operations: readonly Operation[],
  { from, to }: TimeRange,
): Promise<ReadonlyMap<string, number>> {
  const asked = new Map(operations.map((one) => [operationKey(one), one]));
  const services = Map.groupBy([...asked.values()].slice(0, MAX_OPERATIONS), ({ service }) => service);
  if (services.size === 0) return new Map();
  const rows = await store.rows<[string, string, string, string]>(
    caller,
    sql`SELECT ServiceName, SpanName, lower(SpanKind), toString(toUInt64(quantileExact(${durationSql}))) FROM otel_traces
      WHERE ${or(
        [...services].map(
          ([service, list]) =>
            sql`ServiceName = ${service} AND SpanName IN ${[...new Set(list.map(({ name }) => name))]}`,
        ),
      )} AND Timestamp >= ${nanoTime(from)} AND Timestamp < ${nanoTime(to)}
      GROUP BY ServiceName, SpanName, SpanKind`,
  );
  return new Map(
    rows.map(([service, name, kind, median]) => [operationKey({ service, name, kind }), Number(median)]),
  );
}
