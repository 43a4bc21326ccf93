import type { TimeRange } from "../params/time.ts";
import { drawSpans, type Drawn, entrySql } from "./sides.ts";
import { type SpanColumns, spanColumns } from "./span-columns.ts";
import { durationSql } from "./spans.ts";
import { and, nanoTime, type Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";

/** One endpoint in one version, within a range. */
export interface VersionFacts {
  readonly service: string;
  readonly endpoint: string;
  readonly version: string;
  readonly spans: number;
  readonly meanNano: number;
  readonly firstUnixNano: bigint;
}

export interface VersionQuery {
  readonly service?: string | undefined;
  readonly endpoint?: string | undefined;
}

const MAX_GROUPS = 5_000;

function condition({ service, endpoint }: VersionQuery, { from, to }: TimeRange, columns: SpanColumns): Sql {
  return and([
    service === undefined ? undefined : sql`ServiceName = ${service}`,
    sql`Timestamp >= ${nanoTime(from)} AND Timestamp < ${nanoTime(to)}`,
    sql`${entrySql} AND TraceId != ''`,
    endpoint === undefined ? undefined : sql`${columns.endpoint} = ${endpoint}`,
  ]);
}

/** Versions of endpoints that served at least `least` requests, and when they first did: by windows, which are kept longer. */
export async function readVersions(
  store: Store,
  caller: Caller,
  query: VersionQuery,
  range: TimeRange,
  least: number,
): Promise<VersionFacts[]> {
  const columns = await spanColumns(store, caller);
  const [rows, firsts] = await Promise.all([
    store.rows<[string, string, string, number | string, number, string]>(
      caller,
      sql`SELECT ServiceName, ${columns.endpoint} AS endpoint, ${columns.version} AS version, uniqExact(TraceId, SpanId) AS spans,
          avg(${durationSql}), toString(toUnixTimestamp64Nano(min(Timestamp)))
        FROM ${store.spans.name} WHERE ${condition(query, range, columns)} GROUP BY ServiceName, endpoint, version
        HAVING version != '' AND spans >= ${least} ORDER BY spans DESC, ServiceName, endpoint, version LIMIT ${MAX_GROUPS}`,
    ),
    store.rows<[string, string, string]>(
      caller,
      sql`SELECT ServiceName, ServiceVersion, toString(min(StartUnixNano)) FROM profile_windows
        WHERE ${query.service === undefined ? sql`1` : sql`ServiceName = ${query.service}`} AND ServiceVersion != ''
        GROUP BY ServiceName, ServiceVersion`,
    ),
  ]);
  const firstOf = new Map(firsts.map(([service, version, first]) => [`${service}\0${version}`, first]));
  return rows.map(([service, endpoint, version, spans, mean, first]) => ({
    service,
    endpoint,
    version,
    spans: Number(spans),
    meanNano: Number(mean),
    firstUnixNano: BigInt(firstOf.get(`${service}\0${version}`) ?? first),
  }));
}

/** Some of its spans: always the same for equal data and seed. */
export async function drawVersion(
  store: Store,
  caller: Caller,
  { service, endpoint, version }: VersionFacts,
  range: TimeRange,
  draw: { readonly most: number; readonly seed: number },
): Promise<Drawn[]> {
  const columns = await spanColumns(store, caller);
  return drawSpans(
    store,
    caller,
    and([condition({ service, endpoint }, range, columns), sql`${columns.version} = ${version}`]),
    draw,
  );
}
