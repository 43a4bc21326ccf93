import { recentOf } from "./recent.ts";
import { spanColumns } from "./span-columns.ts";
import {
  durationSql,
  MAX_SPANS,
  ofTrace,
  readTraceCore,
  readTracesCore,
  type SpanCore,
  toCore,
} from "./spans.ts";
import { nanoTime, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

export interface TracesRange {
  readonly traceIds: readonly string[];
  /** Unix ns, both inclusive. */
  readonly from: bigint;
  readonly to: bigint;
}

type SlimRow = [
  traceId: string,
  spanId: string,
  parent: string,
  service: string,
  name: string,
  kind: string,
  start: string,
  duration: string,
  keys: string[],
  instance: string,
  thread: string,
  endpoint: string,
];

const slimColumns: Sql = sql`TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, toString(toUnixTimestamp64Nano(Timestamp)),
  toString(${durationSql}), HotspanKeys, HotspanInstance, HotspanThread, HotspanEndpoint`;

/**
 * As `readTraceCore`, but attributes have their keys only, and resources the host: what a ledger is computed from. All of them
 * where `readTracesSlim` has all, and where a span ended later than `settledNano`, Unix: its state is then judged by them.
 */
export async function readTraceSlim(
  store: Store,
  caller: Caller,
  traceId: string,
  settledNano: bigint,
): Promise<readonly SpanCore[]> {
  if (!(await spanColumns(store, caller)).own) return readTraceCore(store, caller, traceId);
  const { traces: recent } = recentOf(store);
  const kept = recent.get(traceId);
  if (kept !== undefined) return kept;
  const { bounds, where } = await ofTrace(store, caller, traceId);
  const rows = await store.rows<SlimRow>(
    caller,
    sql`${bounds} SELECT ${slimColumns} FROM ${store.spans.name} WHERE ${where} ORDER BY Timestamp, SpanId, Duration DESC
      LIMIT 1 BY TraceId, SpanId LIMIT ${MAX_SPANS}`,
  );
  if (!rows.every((row) => isCertain(row, settledNano))) return readTraceCore(store, caller, traceId);
  const hosts = await readHosts(store, caller, rows);
  const cores = rows.map((row) => coreOf(row, hosts));
  if (cores.length > 0) recent.set(traceId, cores);
  return cores;
}

/** Of a process that is named, and no part of what may still be written to. */
function isCertain([, , , , , , start, duration, , instance]: SlimRow, settledNano: bigint): boolean {
  return instance !== "" && BigInt(start) + BigInt(duration) < settledNano;
}

/**
 * As `readTracesCore`, but attributes have their keys only, and resources the host: the values of so many spans, spread over an
 * hour, take a second to read. Traces with a span that does not name its process are read as always, which is then found by its
 * host and pid. Undefined: the table does not have the columns for it.
 */
export async function readTracesSlim(
  store: Store,
  caller: Caller,
  range: TracesRange,
  settledNano: bigint,
): Promise<ReadonlyMap<string, readonly SpanCore[]> | undefined> {
  if (!(await spanColumns(store, caller)).own) return undefined;
  const { traces: recent } = recentOf(store);
  const found = new Map<string, readonly SpanCore[]>();
  for (const traceId of range.traceIds) {
    const kept = recent.get(traceId) ?? recent.get(partly(traceId));
    if (kept !== undefined) found.set(traceId, kept);
  }
  const missing = range.traceIds.filter((traceId) => !found.has(traceId));
  const rows = await readSlimRows(store, caller, { ...range, traceIds: missing });
  const unnamed = new Set<string>();
  for (const [traceId, , , , , , , , , instance] of rows) if (instance === "") unnamed.add(traceId);
  const [hosts, whole] = await Promise.all([
    readHosts(store, caller, rows),
    readTracesCore(store, caller, [...unnamed], range.from, range.to),
  ]);
  for (const [traceId, list] of Map.groupBy(rows, (row) => row[0])) {
    if (unnamed.has(traceId)) continue;
    const cores = list.map((row) => coreOf(row, hosts));
    found.set(traceId, cores);
    if (list.every((row) => isCertain(row, settledNano)) && isWithin(cores, range))
      recent.set(partly(traceId), cores);
  }
  for (const [traceId, cores] of whole) found.set(traceId, cores);
  return found;
}

/** What a range has of a trace need not be all of it. */
const partly = (traceId: string): string => `within ${traceId}`;
/** What is nearer to the edge of a range may go on behind it. */
const EDGE_NANO = 30_000_000_000n;

function isWithin(cores: readonly SpanCore[], { from, to }: TracesRange): boolean {
  return cores.every(
    ({ startUnixNano, durationNano }) =>
      (from === 0n || startUnixNano >= from + EDGE_NANO) &&
      startUnixNano + BigInt(durationNano) <= to - EDGE_NANO,
  );
}

/** In fewer traces at once the queries cost more than they save. */
const TRACES_AT_ONCE = 100;
/** Blocks of the projection that are read for a trace, and a few to spare. */
const BLOCKS_PER_TRACE = 1.3;

/**
 * ClickHouse takes the projection only if it reads fewer blocks than the table has in the range, though those are 32 times as long.
 * So where the range is long enough for some of the traces to be fewer, they are asked for in turns.
 */
async function readSlimRows(store: Store, caller: Caller, range: TracesRange): Promise<SlimRow[]> {
  const { traceIds } = range;
  if (traceIds.length === 0) return [];
  const blocks = traceIds.length <= TRACES_AT_ONCE ? 0 : await blocksWithin(store, caller, range);
  const fewer = Math.floor(blocks / BLOCKS_PER_TRACE);
  const atOnce = fewer >= TRACES_AT_ONCE ? fewer : traceIds.length;
  const some: (readonly string[])[] = [];
  for (let at = 0; at < traceIds.length; at += atOnce) some.push(traceIds.slice(at, at + atOnce));
  const parts = await Promise.all(
    some.map((ids) =>
      store.rows<SlimRow>(
        caller,
        sql`SELECT ${slimColumns}
          FROM ${store.spans.name} WHERE ${within({ ...range, traceIds: ids })} ORDER BY TraceId, Timestamp, SpanId, Duration DESC
          LIMIT 1 BY TraceId, SpanId LIMIT ${MAX_SPANS}`,
      ),
    ),
  );
  return parts.flat();
}

function coreOf(row: SlimRow, hosts: ReadonlyMap<string, string>): SpanCore {
  const [, spanId, parent, service, name, kind, start, duration, keys, instance, thread, endpoint] = row;
  const attributes = Object.fromEntries(keys.map((key) => [key, ""]));
  const named = { ...attributes, "hotspan.instance": instance, "thread.id": thread };
  const resource = { "host.name": hosts.get(instance) ?? "" };
  return {
    ...toCore([spanId, parent, service, name, kind, start, duration, named, resource]),
    endpoint,
  };
}

/** Blocks of the spans that a range lies in, as the index tells. */
async function blocksWithin(store: Store, caller: Caller, { from, to }: TracesRange): Promise<number> {
  const rows = await store.rows<[string, string, number | string, number | string, number | string]>(
    caller,
    sql`EXPLAIN ESTIMATE SELECT TraceId FROM ${store.spans.name} WHERE Timestamp >= ${nanoTime(from)} AND Timestamp <= ${nanoTime(to)}`,
  );
  return rows.reduce((sum, [, , , , blocks]) => sum + Number(blocks), 0);
}

const MAX_HOSTS = 20_000;
const hostsOf = new WeakMap<Store, Map<string, string>>();

/** Hosts of the processes of these spans. A process does not move, so they are kept; of one process alone nobody asks. */
async function readHosts(
  store: Store,
  caller: Caller,
  rows: readonly SlimRow[],
): Promise<ReadonlyMap<string, string>> {
  let known = hostsOf.get(store);
  if (known === undefined || known.size > MAX_HOSTS) hostsOf.set(store, (known = new Map()));
  const services = new Map<string, string>();
  for (const [, , , service, , , , , , instance] of rows)
    if (instance !== "") services.set(instance, service);
  const missing = [...services].filter(([instance]) => !known.has(instance));
  if (services.size < 2 || missing.length === 0) return known;
  const ids = missing.map(([instance]) => instance);
  const found = await store.rows<[string, string]>(
    caller,
    sql`SELECT Instance, argMax(Host, LastSeen) FROM profile_instances
      WHERE ServiceName IN ${[...new Set(missing.map(([, service]) => service))]} AND Instance IN ${ids} GROUP BY Instance`,
  );
  for (const [instance, host] of found) if (host !== "") known.set(instance, host);
  const others = new Set(ids.filter((instance) => !known.has(instance)));
  if (others.size === 0) return known;
  // No agent told: a span of each does.
  const one = new Map(rows.filter((row) => others.has(row[9])).map((row) => [row[9], row]));
  const starts = [...one.values()].map((row) => BigInt(row[6]));
  const range = {
    traceIds: [...one.values()].map(([traceId]) => traceId),
    from: starts.reduce((least, start) => (start < least ? start : least)),
    to: starts.reduce((most, start) => (start > most ? start : most)),
  };
  const told = await store.rows<[string, string]>(
    caller,
    sql`SELECT HotspanInstance, any(ResourceAttributes['host.name']) FROM ${store.spans.name}
      WHERE ${within(range)} AND SpanId IN ${[...one.values()].map(([, spanId]) => spanId)} GROUP BY HotspanInstance`,
  );
  for (const [instance, host] of told) known.set(instance, host);
  return known;
}

type Attributes = Readonly<Record<string, string>>;

/** What these spans and their processes say of themselves, by `trace/span`. */
export async function readAttributes(
  store: Store,
  caller: Caller,
  spans: readonly { readonly traceId: string; readonly core: SpanCore }[],
): Promise<ReadonlyMap<string, Attributes>> {
  const { attributes: recent } = recentOf(store);
  const found = new Map<string, Attributes>();
  const missing: (typeof spans)[number][] = [];
  for (const span of spans) {
    const key = `${span.traceId}/${span.core.spanId}`;
    const kept = recent.get(key);
    if (kept === undefined) missing.push(span);
    else found.set(key, kept);
  }
  if (missing.length === 0) return found;
  const distinct = (values: readonly string[]): string[] => [...new Set(values)];
  const range = { traceIds: distinct(missing.map((one) => one.traceId)), ...extent(missing) };
  const rows = await store.rows<[string, string, Attributes, Attributes]>(
    caller,
    sql`SELECT TraceId, SpanId, ResourceAttributes, SpanAttributes FROM ${store.spans.name}
      WHERE ServiceName IN ${distinct(missing.map(({ core }) => core.service))} AND SpanName IN ${distinct(missing.map(({ core }) => core.name))}
        AND SpanId IN ${distinct(missing.map(({ core }) => core.spanId))} AND ${within(range)}
      ORDER BY TraceId, Timestamp, SpanId, Duration DESC LIMIT 1 BY TraceId, SpanId`,
  );
  for (const [traceId, spanId, resource, span] of rows) {
    const key = `${traceId}/${spanId}`;
    const attributes = { ...resource, ...span };
    found.set(key, attributes);
    recent.set(key, attributes);
  }
  return found;
}

function extent(spans: readonly { readonly core: SpanCore }[]): { from: bigint; to: bigint } {
  let from = spans[0]?.core.startUnixNano ?? 0n;
  let to = from;
  for (const { core } of spans) {
    if (core.startUnixNano < from) from = core.startUnixNano;
    if (core.startUnixNano > to) to = core.startUnixNano;
  }
  return { from, to };
}

const within = ({ traceIds, from, to }: TracesRange): Sql =>
  sql`TraceId IN ${traceIds} AND Timestamp >= ${nanoTime(from)} AND Timestamp <= ${nanoTime(to)}`;
