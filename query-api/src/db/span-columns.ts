import { endpointSql } from "./endpoint.ts";
import type { Selection } from "./selection.ts";
import { oneOf, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** What the table of spans has beside the columns that every one has. */
export interface SpanColumns {
  /** Of the table itself. */
  readonly table: Sql;
  /** Whether these have columns of their own, so that the attributes need not be read. */
  readonly own: boolean;
  /** How to ask for what an agent would call the local root. */
  readonly endpoint: Sql;
  readonly version: Sql;
  readonly environment: Sql;
  readonly zone: Sql;
  /** The agent's, and Node.js' threadId, as text. */
  readonly instance: Sql;
  readonly thread: Sql;
  /** What tells processes of a service apart: the agent's instance, or else what their resource says. */
  readonly process: Sql;
  /** Its companion, which says when each trace was. */
  readonly index: Sql | undefined;
}

type Words = Pick<
  SpanColumns,
  "endpoint" | "version" | "environment" | "zone" | "instance" | "thread" | "process"
>;

export const OWN: Words = {
  endpoint: sql`HotspanEndpoint`,
  version: sql`HotspanVersion`,
  environment: sql`HotspanEnvironment`,
  zone: sql`HotspanZone`,
  instance: sql`HotspanInstance`,
  thread: sql`HotspanThread`,
  process: sql`HotspanProcess`,
};

/** The same out of the attributes. */
export const FOREIGN: Words = {
  endpoint: endpointSql,
  version: sql`ResourceAttributes['service.version']`,
  environment: sql`if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment'])`,
  zone: sql`ResourceAttributes['cloud.availability_zone']`,
  instance: sql`SpanAttributes['hotspan.instance']`,
  thread: sql`SpanAttributes['thread.id']`,
  process: sql`multiIf(SpanAttributes['hotspan.instance'] != '', SpanAttributes['hotspan.instance'],
    ResourceAttributes['service.instance.id'] != '', concat('id ', ResourceAttributes['service.instance.id']),
    ResourceAttributes['host.name'] != '', concat('host ', ResourceAttributes['host.name'], ' ', ResourceAttributes['process.pid']), '')`,
};

/** What may be asked of spans and of samples alike. */
type SpanFilters = Pick<
  Selection,
  "service" | "endpoint" | "version" | "environment" | "zone" | "instance" | "thread"
>;

export function filterConditions(columns: SpanColumns, filters: SpanFilters): readonly (Sql | undefined)[] {
  return [
    oneOf(sql`ServiceName`, filters.service),
    oneOf(columns.endpoint, filters.endpoint),
    oneOf(columns.version, filters.version),
    oneOf(columns.environment, filters.environment),
    oneOf(columns.zone, filters.zone),
    oneOf(columns.instance, filters.instance),
    oneOf(columns.thread, filters.thread?.map(String)),
  ];
}

const NAMES = [
  "HotspanEndpoint",
  "HotspanEnvironment",
  "HotspanInstance",
  "HotspanKeys",
  "HotspanProcess",
  "HotspanThread",
  "HotspanVersion",
  "HotspanZone",
];
const INDEX_NAMES = ["End", "Start", "TraceId"];
const TTL_MS = 60_000;

const known = new WeakMap<Store, { readonly at: number; readonly columns: SpanColumns }>();

/** A span table that somebody else made, or that is not migrated yet, has none of our columns. */
export async function spanColumns(store: Store, caller: Caller): Promise<SpanColumns> {
  const before = known.get(store);
  if (before !== undefined && performance.now() - before.at < TTL_MS) return before.columns;
  const { database, table, companion } = store.spans;
  const [row] = await store.rows<[number | string, number | string]>(
    caller,
    sql`SELECT countIf(table = ${table} AND name IN ${NAMES} AND default_kind = 'MATERIALIZED'),
        countIf(table = ${companion.table} AND name IN ${INDEX_NAMES})
      FROM system.columns WHERE database = ${database} AND table IN ${[table, companion.table]}`,
  );
  const own = Number(row?.[0] ?? 0) === NAMES.length;
  const columns = {
    table: store.spans.name,
    own,
    ...(own ? OWN : FOREIGN),
    index: Number(row?.[1] ?? 0) === INDEX_NAMES.length ? companion.name : undefined,
  };
  known.set(store, { at: performance.now(), columns });
  return columns;
}
