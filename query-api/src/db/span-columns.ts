import { endpointSql } from "./endpoint.ts";
import { type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** What the table of spans has beside the columns that every one has. */
export interface SpanColumns {
  /** Whether these have columns of their own, so that the attributes need not be read. */
  readonly own: boolean;
  /** How to ask for what an agent would call the local root. */
  readonly endpoint: Sql;
  /** Its companion, which says when each trace was. */
  readonly index: Sql | undefined;
}

const NAMES = ["HotspanEndpoint", "HotspanInstance", "HotspanKeys", "HotspanThread"];
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
    own,
    endpoint: own ? sql`HotspanEndpoint` : endpointSql,
    index: Number(row?.[1] ?? 0) === INDEX_NAMES.length ? companion.name : undefined,
  };
  known.set(store, { at: performance.now(), columns });
  return columns;
}
