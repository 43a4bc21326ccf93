import { spanColumns } from "./span-columns.ts";
import { durationSql, MAX_SPANS, readTracesCore, type SpanCore, toCore } from "./spans.ts";
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

/**
 * As `readTracesCore`, but attributes have their keys only, and resources the host: the values of so many spans, spread over an
 * hour, take a second to read. Traces with a span that does not name its process are read as always, which is then found by its
 * host and pid. Undefined: the table does not have the columns for it.
 */
export async function readTracesSlim(
  store: Store,
  caller: Caller,
  range: TracesRange,
): Promise<ReadonlyMap<string, readonly SpanCore[]> | undefined> {
  if (!(await spanColumns(store, caller)).own) return undefined;
  const rows = await store.rows<SlimRow>(
    caller,
    sql`SELECT TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, toString(toUnixTimestamp64Nano(Timestamp)),
        toString(${durationSql}), mapKeys(SpanAttributes), HotspanInstance, HotspanThread, HotspanEndpoint
      FROM otel_traces WHERE ${within(range)} ORDER BY TraceId, Timestamp, SpanId, Duration DESC
      LIMIT 1 BY TraceId, SpanId LIMIT ${MAX_SPANS}`,
  );
  const services = new Set<string>();
  const unnamed = new Set<string>();
  for (const [traceId, , , service, , , , , , instance] of rows) {
    services.add(service);
    if (instance === "") unnamed.add(traceId);
  }
  const [hosts, whole] = await Promise.all([
    readHosts(store, caller, [...services]),
    readTracesCore(store, caller, [...unnamed], range.from, range.to),
  ]);
  const slim = Map.groupBy(
    rows.filter(([traceId]) => !unnamed.has(traceId)),
    ([traceId]) => traceId,
  );
  return new Map<string, readonly SpanCore[]>([
    ...[...slim].map(([traceId, list]) => [traceId, list.map((row) => coreOf(row, hosts))] as const),
    ...whole,
  ]);
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

/** Hosts of the processes of these services. */
async function readHosts(
  store: Store,
  caller: Caller,
  services: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (services.length === 0) return new Map();
  const rows = await store.rows<[string, string]>(
    caller,
    sql`SELECT Instance, argMax(Host, LastSeen) FROM profile_instances WHERE ServiceName IN ${services} GROUP BY Instance`,
  );
  return new Map(rows);
}

type Attributes = Readonly<Record<string, string>>;

/** What these spans and their processes say of themselves, by `trace/span`. */
export async function readAttributes(
  store: Store,
  caller: Caller,
  spans: readonly { readonly traceId: string; readonly core: SpanCore }[],
): Promise<ReadonlyMap<string, Attributes>> {
  const [first] = spans;
  if (first === undefined) return new Map();
  const distinct = (values: readonly string[]): string[] => [...new Set(values)];
  const range = { traceIds: distinct(spans.map((one) => one.traceId)), ...extent(spans) };
  const rows = await store.rows<[string, string, Attributes, Attributes]>(
    caller,
    sql`SELECT TraceId, SpanId, ResourceAttributes, SpanAttributes FROM otel_traces
      WHERE ServiceName IN ${distinct(spans.map(({ core }) => core.service))} AND SpanName IN ${distinct(spans.map(({ core }) => core.name))}
        AND SpanId IN ${distinct(spans.map(({ core }) => core.spanId))} AND ${within(range)}
      ORDER BY TraceId, Timestamp, SpanId, Duration DESC LIMIT 1 BY TraceId, SpanId`,
  );
  return new Map(
    rows.map(([traceId, spanId, resource, span]) => [`${traceId}/${spanId}`, { ...resource, ...span }]),
  );
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
