import type { SpanTree, TreeSpan } from "../trace/tree.ts";
import { spanTree } from "../trace/tree.ts";
import { endpointName } from "./endpoint.ts";
import { spanColumns } from "./span-columns.ts";
import { and, nanoTime, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

export const MAX_SPANS = 100_000;

type Attributes = Readonly<Record<string, string>>;

/** What every question about a span needs. */
export interface SpanCore {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly startUnixNano: bigint;
  readonly durationNano: number;
  /** 32 hex digits, when an agent named its process. */
  readonly instance: string | undefined;
  readonly thread: number | undefined;
  readonly host: string;
  readonly pid: number | undefined;
  /** From the span's own attributes; empty when it names none. */
  readonly endpoint: string;
  readonly unsupported: boolean;
  readonly attributes: Attributes;
  readonly resource: Attributes;
}

// A span that ends before it starts is stored with a wrapped duration.
export const durationSql: Sql = sql`if(Duration > 9223372036854775807, 0, Duration)`;

/** Spans that took from `minMs` to `maxMs`, both inclusive; undefined: however long. */
export function tookSql(minMs: number | undefined, maxMs: number | undefined): Sql | undefined {
  if (minMs === undefined && maxMs === undefined) return undefined;
  return and([
    minMs === undefined ? undefined : sql`${durationSql} >= ${BigInt(Math.ceil(minMs * 1e6))}`,
    maxMs === undefined ? undefined : sql`${durationSql} <= ${BigInt(Math.floor(maxMs * 1e6))}`,
  ]);
}

// The maps as they are: a dozen lookups in them cost the server twice the time of a point read (9 against 19 ms).
const coreColumnsBut: Sql = sql`SpanId, ParentSpanId, ServiceName, SpanName, SpanKind,
  toString(toUnixTimestamp64Nano(Timestamp)), toString(${durationSql}), SpanAttributes`;
const coreColumns: Sql = sql`${coreColumnsBut}, ResourceAttributes`;

type CoreRow = [
  spanId: string,
  parentSpanId: string,
  service: string,
  name: string,
  kind: string,
  start: string,
  duration: string,
  attributes: Attributes,
  resource: Attributes,
];

export function toCore(row: CoreRow): SpanCore {
  const [spanId, parent, service, name, kind, start, duration, attributes, resource] = row;
  const digits = (text = ""): number | undefined => (/^\d{1,10}$/.test(text) ? Number(text) : undefined);
  const instance = attributes["hotspan.instance"] ?? "";
  return {
    spanId,
    parentSpanId: parent === "0000000000000000" ? "" : parent,
    service,
    name,
    kind: kind.toLowerCase() || "unspecified",
    startUnixNano: BigInt(start),
    durationNano: Number(duration),
    instance: /^[0-9a-f]{32}$/.test(instance) ? instance : undefined,
    thread: digits(attributes["thread.id"]),
    host: resource["host.name"] ?? "",
    pid: digits(resource["process.pid"]),
    endpoint: endpointName(kind, name, attributes),
    unsupported:
      resource["os.type"] === "windows" ||
      /^(bun|deno)$/.test(resource["process.runtime.name"] ?? "") ||
      resource["cloud.platform"] === "aws_lambda",
    attributes,
    resource,
  };
}

/**
 * Where to look for a trace. The companion table makes a point read of partitions and order. Of somebody else's spans it may be
 * missing, or have no row of a trace: then the index on TraceId alone has to do. A scalar of the same query, which the server evaluates
 * before it chooses what to read: a query of its own cost 5 ms more.
 */
export async function ofTrace(
  store: Store,
  caller: Caller,
  traceId: string,
): Promise<{ readonly bounds: Sql; readonly where: Sql }> {
  const { index } = await spanColumns(store, caller);
  if (index === undefined) return { bounds: sql``, where: sql`TraceId = ${traceId}` };
  return {
    bounds: sql`WITH (SELECT if(count() = 0, (toDateTime(0), toDateTime(4294967295)), (toDateTime(min(Start)), toDateTime(max(End))))
        FROM ${index} WHERE TraceId = ${traceId}) AS bounds`,
    where: sql`TraceId = ${traceId} AND Timestamp >= bounds.1 AND Timestamp < toDateTime64(bounds.2, 9) + INTERVAL 1 SECOND`,
  };
}

/** The spans of a trace by start, duplicates collapsed. */
export async function readTraceCore(store: Store, caller: Caller, traceId: string): Promise<SpanCore[]> {
  const { bounds, where } = await ofTrace(store, caller, traceId);
  const rows = await store.rows<CoreRow>(
    caller,
    sql`${bounds} SELECT ${coreColumns} FROM ${store.spans.name} WHERE ${where} ORDER BY Timestamp, SpanId, Duration DESC
      LIMIT 1 BY TraceId, SpanId LIMIT ${MAX_SPANS}`,
  );
  return rows.map(toCore);
}

/**
 * The spans of several traces that began within [from, to], by trace and start. Of all together at most `MAX_SPANS`. Of their
 * resources only what tells processes apart, but all of it where `whole` names the span.
 */
export async function readTracesCore(
  store: Store,
  caller: Caller,
  traceIds: readonly string[],
  from: bigint,
  to: bigint,
  whole: readonly string[] = [],
): Promise<ReadonlyMap<string, SpanCore[]>> {
  const traces = new Map<string, SpanCore[]>();
  if (traceIds.length === 0) return traces;
  const process = sql`mapFilter((k, v) -> k IN ('host.name', 'process.pid'), ResourceAttributes)`;
  const resource = whole.length === 0 ? process : sql`if(SpanId IN ${whole}, ResourceAttributes, ${process})`;
  const rows = await store.rows<[traceId: string, ...core: CoreRow]>(
    caller,
    sql`SELECT TraceId, ${coreColumnsBut}, ${resource} FROM ${store.spans.name}
      WHERE TraceId IN ${traceIds} AND Timestamp >= ${nanoTime(from)} AND Timestamp <= ${nanoTime(to)}
      ORDER BY TraceId, Timestamp, SpanId, Duration DESC LIMIT 1 BY TraceId, SpanId LIMIT ${MAX_SPANS}`,
  );
  for (const [traceId, ...core] of rows) {
    const list = traces.get(traceId);
    if (list === undefined) traces.set(traceId, [toCore(core as CoreRow)]);
    else list.push(toCore(core as CoreRow));
  }
  return traces;
}

/** The rest of a span, for the trace view. */
export interface SpanDetail {
  readonly core: SpanCore;
  readonly status: "unset" | "ok" | "error";
  readonly statusMessage: string;
  readonly events: readonly { timeUnixNano: string; name: string; attributes: Attributes }[];
  readonly links: readonly { traceId: string; spanId: string; attributes: Attributes }[];
}

type DetailRow = [
  ...core: CoreRow,
  status: string,
  message: string,
  eventTimes: string[],
  eventNames: string[],
  eventAttributes: Attributes[],
  linkTraces: string[],
  linkSpans: string[],
  linkAttributes: Attributes[],
];

export async function readTrace(store: Store, caller: Caller, traceId: string): Promise<SpanDetail[]> {
  const { bounds, where } = await ofTrace(store, caller, traceId);
  const rows = await store.rows<DetailRow>(
    caller,
    sql`${bounds} SELECT ${coreColumns}, StatusCode, StatusMessage,
        arrayMap(t -> toString(toUnixTimestamp64Nano(t)), \`Events.Timestamp\`), \`Events.Name\`, \`Events.Attributes\`,
        \`Links.TraceId\`, \`Links.SpanId\`, \`Links.Attributes\`
      FROM ${store.spans.name} WHERE ${where} ORDER BY Timestamp, SpanId, Duration DESC
      LIMIT 1 BY TraceId, SpanId LIMIT ${MAX_SPANS}`,
  );
  return rows.map((row) => {
    const [status, message, times, names, eventAttributes, traces, spans, linkAttributes] = row.slice(9) as [
      string,
      string,
      string[],
      string[],
      Attributes[],
      string[],
      string[],
      Attributes[],
    ];
    return {
      core: toCore(row.slice(0, 9) as CoreRow),
      status: status === "Ok" ? "ok" : status === "Error" ? "error" : "unset",
      statusMessage: message,
      events: times.map((timeUnixNano, i) => ({
        timeUnixNano,
        name: names[i] ?? "",
        attributes: eventAttributes[i] ?? {},
      })),
      links: traces.map((linked, i) => ({
        traceId: linked,
        spanId: spans[i] ?? "",
        attributes: linkAttributes[i] ?? {},
      })),
    };
  });
}

/** The tree of a trace and the Unix ns its times count from. */
export function treeOf(spans: readonly SpanCore[]): { tree: SpanTree; origin: bigint } {
  let origin = spans[0]?.startUnixNano ?? 0n;
  for (const span of spans) if (span.startUnixNano < origin) origin = span.startUnixNano;
  const nodes: TreeSpan[] = spans.map((span) => {
    const start = Number(span.startUnixNano - origin);
    return { spanId: span.spanId, parentSpanId: span.parentSpanId, start, end: start + span.durationNano };
  });
  return { tree: spanTree(nodes), origin };
}

/** A span's endpoint: its own, else that of the nearest ancestor in its service. */
export function endpointsOf(spans: readonly SpanCore[], tree: SpanTree): (string | null)[] {
  const endpoints: (string | null)[] = spans.map((span) => (span.endpoint === "" ? null : span.endpoint));
  for (const index of tree.order) {
    const parent = tree.parent[index]!;
    if (endpoints[index] === null && parent >= 0 && spans[parent]!.service === spans[index]!.service)
      endpoints[index] = endpoints[parent]!;
  }
  return endpoints;
}
