import type { Readable } from "node:stream";
import type { TimeRange } from "../params/time.ts";
import { EVENT_COLUMNS, WINDOW_COLUMNS } from "../ledger/columns.ts";
import { recentOf } from "./recent.ts";
import { RowReader } from "./rowbinary.ts";
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

const windowStretches = (merged: readonly LaneRange[], exactly: boolean): Stretch[] =>
  merged.map(({ instance, thread, from, to }) => ({
    instance,
    thread,
    from: (exactly ? from : later(from, LONGEST_WINDOW + SEAM)) / 1000n,
    to: (exactly ? to : to + SEAM) / 1000n,
    end: exactly ? 0n : later(from, SEAM) / 1000n,
  }));

const eventStretches = (merged: readonly LaneRange[]): Stretch[] =>
  merged.map(({ instance, thread, from, to }) => ({
    instance,
    thread,
    from: later(from, LONGEST_PAUSE) / 1000n,
    to: (to + SEAM) / 1000n,
    end: 0n,
  }));

/** So many stretches are a condition each; more are looked up first. */
const FEW = 4;

/** Rows of these stretches, in a table that is ordered by thread and `time`. */
function within(stretches: readonly Stretch[], time: Sql, end: Sql | undefined): Sql {
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
}

const WINDOW_ORDER = sql`ORDER BY Instance, Thread, Start, Part LIMIT ${MAX_WINDOWS}`;

/**
 * Windows that lie over these stretches, and their neighbours when near; collections and pool probes within. `exactly`: only
 * windows that begin within.
 * @param plan that of these stretches, or of more
 */
export async function readLanes(
  store: Store,
  caller: Caller,
  ranges: readonly LaneRange[],
  { exactly = false, plan }: { readonly exactly?: boolean; readonly plan?: LanePlan } = {},
): Promise<LaneData> {
  if (ranges.length === 0) return { windows: new Uint8Array(0), events: new Uint8Array(0) };
  const merged = mergeRanges(ranges);
  const windows = windowStretches(merged, exactly);
  const events = eventStretches(merged);
  if (plan === undefined && merged.length <= FEW) {
    const [windowRows, eventRows] = await Promise.all([
      binary(
        store,
        caller,
        sql`SELECT ${new Sql(WINDOW_COLUMNS)} FROM profile_windows PREWHERE ${within(windows, sql`Start`, sql`End`)} ${WINDOW_ORDER}`,
      ),
      binary(
        store,
        caller,
        sql`SELECT ${new Sql(EVENT_COLUMNS)} FROM profile_events WHERE ${within(events, sql`Timestamp`, undefined)}
          ORDER BY Instance, Thread, Timestamp LIMIT ${MAX_EVENTS}`,
      ),
    ]);
    return { windows: windowRows, events: eventRows };
  }
  const found = plan ?? (await planLanes(store, caller, merged, exactly));
  const keys = over(found.windows, windows).slice(0, MAX_WINDOWS);
  const rows = over(found.events, events).slice(0, MAX_EVENTS);
  return {
    windows: await readPlanned(store, caller, keys),
    events: Buffer.concat(rows.map((row) => row.bytes)),
  };
}

/** The rows of these windows, in their order. */
async function readPlanned(store: Store, caller: Caller, keys: readonly WindowKey[]): Promise<Uint8Array> {
  const { windows: recent } = recentOf(store);
  const texts = [...new Set(keys.map(windowText))];
  const found = new Map<string, Uint8Array>();
  for (const text of texts) {
    const kept = recent.get(text);
    if (kept !== undefined) found.set(text, kept);
  }
  const missing = new Map(
    keys.map((key) => [windowText(key), key] as const).filter(([text]) => !found.has(text)),
  );
  if (missing.size > 0) {
    const read = await readByKeys(store, caller, [...missing.values()]);
    for (const [text, rows] of read) {
      found.set(text, rows);
      const { complete } = missing.get(text) ?? { complete: false };
      // Of its own: a part of what was read would keep all of that.
      if (complete) recent.set(text, rows.slice());
    }
  }
  return Buffer.concat(texts.flatMap((text) => found.get(text) ?? []));
}

/** Each row is text in itself, so that windows can be told apart without being read. */
async function readByKeys(
  store: Store,
  caller: Caller,
  keys: readonly WindowKey[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const bytes = await binary(
    store,
    caller,
    sql`SELECT Instance, Thread, toUnixTimestamp64Micro(Start)::UInt64, formatRow('RowBinary', ${new Sql(WINDOW_COLUMNS)}) FROM profile_windows
      PREWHERE (Instance, Thread, Start) IN ${keys.map((key) => [key.instance, key.thread, microText(key.start)])} ${WINDOW_ORDER}`,
  );
  const reader = new RowReader(bytes);
  const rows = new Map<string, Uint8Array[]>();
  while (!reader.done) {
    const text = windowText({ instance: reader.string(), thread: reader.u32(), start: reader.u64() });
    const row = reader.bytes();
    const known = rows.get(text);
    if (known === undefined) rows.set(text, [row]);
    else known.push(row);
  }
  return new Map(
    [...rows].map(([text, parts]) => [text, parts.length === 1 ? parts[0]! : Buffer.concat(parts)]),
  );
}

const windowText = ({ instance, thread, start }: Omit<WindowKey, "end" | "complete">): string =>
  `${instance}/${thread}/${start}`;

/** Which rows there are in stretches of threads. */
export interface LanePlan {
  readonly windows: readonly WindowKey[];
  readonly events: readonly EventRow[];
}

/** Of one part of a window, by thread, start and part. Unix µs. */
interface WindowKey {
  readonly instance: string;
  readonly thread: number;
  readonly start: bigint;
  readonly end: bigint;
  /** All parts of the window are there. */
  readonly complete: boolean;
}

/** By thread and start, Unix µs, and as it was read. */
interface EventRow {
  readonly instance: string;
  readonly thread: number;
  readonly start: bigint;
  readonly end: undefined;
  readonly bytes: Uint8Array;
}

/** Nearly all windows are shorter. */
const SHORT_SECONDS = 20n;
const SLOT_SECONDS = 10n;
const LONG_SLOT_SECONDS = 600n;
const MAX_PLANNED = 50_000;

/**
 * Finds the windows of many stretches, and reads their events. Windows are then read by their keys: conditions on hundreds of
 * stretches cost the server more than the windows do. These are sets of (thread, ten seconds), which the index knows how to use;
 * what begins beside a stretch within its ten seconds is left out here.
 */
export async function planLanes(
  store: Store,
  caller: Caller,
  ranges: readonly LaneRange[],
  exactly = false,
): Promise<LanePlan> {
  const merged = mergeRanges(ranges);
  if (merged.length === 0) return { windows: [], events: [] };
  const windows = windowStretches(merged, exactly);
  const events = eventStretches(merged);
  const near = windows.map((one) => {
    const from = later(one.end, SHORT_SECONDS * 1_000_000n);
    return { ...one, from: from > one.from ? from : one.from };
  });
  const short = inSlots(near, sql`Start`, SLOT_SECONDS);
  const long = sql`End > Start + toIntervalSecond(${SHORT_SECONDS}) AND ${inSlots(windows, sql`Start`, LONG_SLOT_SECONDS)}`;
  const [keys, rows] = await Promise.all([
    binary(
      store,
      caller,
      sql`SELECT Instance, Thread, toUnixTimestamp64Micro(Start)::UInt64, toUnixTimestamp64Micro(End)::UInt64,
          uniqExact(Part) OVER (PARTITION BY Instance, Thread, Start) >= Parts FROM profile_windows
        WHERE ${spread(windows, sql`Start`)} AND (${short} OR (${long})) ORDER BY Instance, Thread, Start, Part LIMIT ${MAX_PLANNED}`,
    ),
    binary(
      store,
      caller,
      sql`SELECT ${new Sql(EVENT_COLUMNS)} FROM profile_events
        WHERE ${spread(events, sql`Timestamp`)} AND ${inSlots(events, sql`Timestamp`, SLOT_SECONDS)}
        ORDER BY Instance, Thread, Timestamp LIMIT ${MAX_EVENTS}`,
    ),
  ]);
  const keyReader = new RowReader(keys);
  const found: WindowKey[] = [];
  while (!keyReader.done)
    found.push({
      instance: keyReader.string(),
      thread: keyReader.u32(),
      start: keyReader.u64(),
      end: keyReader.u64(),
      complete: keyReader.bool(),
    });
  const eventReader = new RowReader(rows);
  const eventRows: EventRow[] = [];
  while (!eventReader.done) {
    const from = eventReader.at;
    const [instance, thread, start] = [eventReader.string(), eventReader.u32(), eventReader.u64()];
    eventReader.string();
    eventReader.u64();
    eventRows.push({ instance, thread, start, end: undefined, bytes: rows.subarray(from, eventReader.at) });
  }
  return { windows: over(found, windows), events: over(eventRows, events) };
}

/** All of their time, for partitions and the index. */
function spread(stretches: readonly Stretch[], time: Sql): Sql {
  const least = stretches.reduce((low, one) => (one.from < low ? one.from : low), stretches[0]!.from);
  const most = stretches.reduce((high, one) => (one.to > high ? one.to : high), 0n);
  return sql`${time} >= ${microTime(least * 1000n)} AND ${time} < ${microTime(most * 1000n)}`;
}

function inSlots(stretches: readonly Stretch[], time: Sql, seconds: bigint): Sql {
  const length = seconds * 1_000_000n;
  const slots = new Map<string, readonly (string | number | bigint)[]>();
  for (const { instance, thread, from, to } of stretches)
    for (let slot = from / length; slot <= to / length; slot++)
      slots.set(`${instance}/${thread}/${slot}`, [instance, thread, slot]);
  return sql`(Instance, Thread, intDiv(toUnixTimestamp(${time}), ${seconds})) IN ${[...slots.values()]}`;
}

/** Those that lie in any of these stretches, in their order. */
function over<
  Row extends Pick<WindowKey, "instance" | "thread" | "start"> & { readonly end: bigint | undefined },
>(rows: readonly Row[], stretches: readonly Stretch[]): Row[] {
  const lanes = Map.groupBy(stretches, ({ instance, thread }) => `${instance}/${thread}`);
  return rows.filter(({ instance, thread, start, end }) =>
    lanes
      .get(`${instance}/${thread}`)
      ?.some((one) => start >= one.from && start < one.to && (end === undefined || end > one.end)),
  );
}

/** As text that ClickHouse compares with a time to the microsecond. */
function microText(micros: bigint): string {
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19).replace("T", " ");
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, "0")}`;
}

/** Complete on the server before its first byte, so that an error is not cut-off data. */
function binary(store: Store, caller: Caller, query: Sql): Promise<Uint8Array> {
  return store.read(caller, async (request) => {
    const { stream } = await store.client.exec({
      query: `${query.text} FORMAT RowBinary`,
      ...request,
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
    sql`SELECT ServiceName, SpanName, lower(SpanKind), toString(toUInt64(quantileExact(${durationSql}))) FROM ${store.spans.name}
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
