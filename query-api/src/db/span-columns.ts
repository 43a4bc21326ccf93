import { endpointSql } from "./spans.ts";
import { type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** How to ask for what stands in a span's attributes. */
export interface SpanColumns {
  /** Whether these have columns of their own, so that the attributes need not be read. */
  readonly own: boolean;
  readonly endpoint: Sql;
}

const NAMES = ["HotspanEndpoint", "HotspanInstance", "HotspanKeys", "HotspanThread"];
const TTL_MS = 60_000;

const none: SpanColumns = { own: false, endpoint: endpointSql };
const all: SpanColumns = { own: true, endpoint: sql`HotspanEndpoint` };
const known = new WeakMap<Store, { readonly at: number; readonly columns: SpanColumns }>();

/** A span table that somebody else made, or that is not migrated yet, has none of our columns. */
export async function spanColumns(store: Store, caller: Caller): Promise<SpanColumns> {
  const before = known.get(store);
  if (before !== undefined && performance.now() - before.at < TTL_MS) return before.columns;
  const [row] = await store.rows<[number | string]>(
    caller,
    sql`SELECT count() FROM system.columns
      WHERE database = currentDatabase() AND table = 'otel_traces' AND name IN ${NAMES} AND default_kind = 'MATERIALIZED'`,
  );
  const columns = Number(row?.[0] ?? 0) === NAMES.length ? all : none;
  known.set(store, { at: performance.now(), columns });
  return columns;
}
