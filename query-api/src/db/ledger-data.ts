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

/** Rows of a stretch: they begin within [from, to), and what lies over it ends behind `end`. Unix µs. */
interface Stretch {
  readonly instance: string;
  readonly thread: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly end: bigint;
}

/** So many stretches are a condition each; more are sets and arrays. */
const FEW = 4;
const SLOT_SECONDS = 600n;

/**
 * Rows of these stretches, in a table that is ordered by thread and `time`. A hundred calls in a query take the server 50 ms to
 * get ready for, as much as sixty windows take to read. So many stretches are three conditions instead: their threads and all
 * of their time, for the index; their ten minutes, to leave few rows; and themselves.
 */
function within(stretches: readonly Stretch[], time: Sql, end: Sql | undefined): Sql {
  if (stretches.length <= FEW)
    return or(
      stretches.map((one) =>
        and([
          sql`Instance = ${one.instance}`,
          sql`Thread = ${one.thread}`,
          sql`${time} >= ${microTime(one.from * 1000n)} AND ${time} < ${microTime(one.to * 1000n)}`,
          end === undefined ? undefined : sql`${end} > ${microTime(one.end * 1000n)}`,
        ]),
      ),
    );
  const least = stretches.reduce((low, one) => (one.from < low ? one.from : low), stretches[0]!.from);
  const most = stretches.reduce((high, one) => (one.to > high ? one.to : high), 0n);
  const lanes = new Map(
    stretches.map(({ instance, thread }) => [`${instance}/${thread}`, [instance, thread]]),
  );
  const slots = new Map<string, readonly (string | number | bigint)[]>();
  for (const { instance, thread, from, to } of stretches)
    for (let slot = slotOf(from); slot <= slotOf(to); slot++)
      slots.set(`${instance}/${thread}/${slot}`, [instance, thread, slot]);
  const list = (of: (one: Stretch) => string | number | bigint): Sql => sql`array${stretches.map(of)}`;
  return and([
    sql`(Instance, Thread) IN ${[...lanes.values()]}`,
    sql`${time} >= ${microTime(least * 1000n)} AND ${time} < ${microTime(most * 1000n)}`,
    sql`(Instance, Thread, intDiv(toUnixTimestamp(${time}), ${SLOT_SECONDS})) IN ${[...slots.values()]}`,
    sql`arrayExists((i, n, a, b, e) -> Instance = i AND Thread = n
      AND toUnixTimestamp64Micro(${time}) >= a AND toUnixTimestamp64Micro(${time}) < b
      AND ${end === undefined ? sql`e = 0` : sql`toUnixTimestamp64Micro(${end}) > e`},
      ${list((one) => one.instance)}, ${list((one) => one.thread)}, ${list((one) => one.from)}, ${list((one) => one.to)}, ${list((one) => one.end)})`,
  ]);
}

const slotOf = (micros: bigint): bigint => micros / (SLOT_SECONDS * 1_000_000n);

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
  const merged = mergeRanges(ranges);
  const windows = within(
    merged.map(({ instance, thread, from, to }) => ({
      instance,
      thread,
      from: (exactly ? from : later(from, LONGEST_WINDOW + SEAM)) / 1000n,
      to: (exactly ? to : to + SEAM) / 1000n,
      end: exactly ? 0n : later(from, SEAM) / 1000n,
    })),
    sql`Start`,
    sql`End`,
  );
  const events = within(
    merged.map(({ instance, thread, from, to }) => ({
      instance,
      thread,
      from: later(from, LONGEST_PAUSE) / 1000n,
      to: (to + SEAM) / 1000n,
      end: 0n,
    })),
    sql`Timestamp`,
    undefined,
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
