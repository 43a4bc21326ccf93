import type { TimeRange } from "../params/time.ts";
import type { Operations, Services } from "../types.ts";
import { sampleTime } from "./samples.ts";
import { type SpanColumns, spanColumns } from "./span-columns.ts";
import { durationSql } from "./spans.ts";
import { and, microTime, nanoTime, Sql, sql } from "./sql.ts";
import type { Caller, Store } from "./store.ts";
import { seconds, TEN_MINUTES, tenMinutesOf } from "./ten-minutes.ts";

type Service = Services["services"][number];

const MAX_SERVICES = 10_000;

/** Of a range that ended later than this ago it is asked which processes ran then. */
const RECENT_NANO = 600_000_000_000n;

/**
 * Processes that sent windows until `to`: profile_instances knows only when each was last seen. Whole ten minutes are read from the
 * projection `of_thread`.
 */
function ranUntil({ from, to }: TimeRange): Sql {
  const last = (to / TEN_MINUTES) * TEN_MINUTES;
  const first = (from / TEN_MINUTES) * TEN_MINUTES;
  return sql`Instance IN (
    SELECT Instance FROM profile_windows WHERE toStartOfTenMinutes(Start) >= ${seconds(first)} AND toStartOfTenMinutes(Start) < ${seconds(last)} GROUP BY Instance
    UNION DISTINCT
    SELECT Instance FROM profile_windows WHERE Start >= ${microTime(last > from ? last : from)} AND Start < ${microTime(to)} GROUP BY Instance)`;
}

const union = (parts: readonly Sql[]): Sql => new Sql(parts.map(({ text }) => text).join(" UNION ALL "));

/** When services were last sampled: whole ten minutes are read from the projection `by_process`. */
export function lastSamples(range: TimeRange): Sql {
  const { whole, ends } = tenMinutesOf(range);
  const part = (time: Sql): Sql =>
    sql`SELECT ServiceName, max(Timestamp) AS latest FROM profile_samples WHERE ${time} GROUP BY ServiceName`;
  const bucketsOf = ({ from, to }: TimeRange): Sql =>
    sql`Bucket >= ${seconds(from)} AND Bucket < ${seconds(to)}`;
  return union([
    ...(whole === undefined ? [] : [part(bucketsOf(whole))]),
    ...ends.map((end) => part(sampleTime(end))),
  ]);
}

/** What spans of the range say of their services. Of a span table of ours whole ten minutes are read from its projection `services`. */
export function spansByService(table: Sql, columns: SpanColumns, { from, to }: TimeRange): Sql {
  const { own, version, environment, zone, process } = columns;
  const part = (
    time: Sql,
  ): Sql => sql`SELECT ServiceName, ${version} AS version, ${environment} AS environment, ${zone} AS zone, ${process} AS process,
      max(Timestamp) AS latest
    FROM ${table} WHERE ${time} GROUP BY ServiceName, version, environment, zone, process`;
  const exact = (time: TimeRange): Sql =>
    part(sql`Timestamp >= ${nanoTime(time.from)} AND Timestamp < ${nanoTime(time.to)}`);
  const { whole, ends } = tenMinutesOf({ from, to });
  if (!own || whole === undefined) return exact({ from, to });
  const start = sql`toStartOfTenMinutes(Timestamp)`;
  return union([
    part(sql`${start} >= ${seconds(whole.from)} AND ${start} < ${seconds(whole.to)}`),
    ...ends.map(exact),
  ]);
}

/** Services with spans or samples within the range, by name, and what processes of theirs ran in it. */
export async function readServices(
  store: Store,
  caller: Caller,
  range: TimeRange,
  now: number,
): Promise<Service[]> {
  const { from, to } = range;
  const past = to + RECENT_NANO < BigInt(now) * 1_000_000n;
  const columns = await spanColumns(store, caller);
  const [spans, samples, agents] = await Promise.all([
    store.rows<[string, string[], string[], string[], string[], string]>(
      caller,
      sql`SELECT ServiceName, groupUniqArray(100)(version), groupUniqArray(100)(environment), groupUniqArray(100)(zone), groupUniqArray(10000)(process),
          toString(toUnixTimestamp64Nano(max(latest)))
        FROM (${spansByService(store.spans.name, columns, range)}) GROUP BY ServiceName ORDER BY ServiceName LIMIT ${MAX_SERVICES}`,
    ),
    store.rows<[string, string]>(
      caller,
      sql`SELECT ServiceName, toString(toUnixTimestamp64Micro(max(latest))) FROM (${lastSamples(range)}) GROUP BY ServiceName LIMIT ${MAX_SERVICES}`,
    ),
    store.rows<[string, string[], string[], string[], string[]]>(
      caller,
      sql`SELECT ServiceName, groupUniqArray(100)(ServiceVersion), groupUniqArray(100)(Environment), groupUniqArray(100)(Zone), groupUniqArray(10000)(Instance)
        FROM profile_instances WHERE ${and([
          sql`LastSeen >= ${seconds(from)}`,
          past ? ranUntil(range) : undefined,
        ])} GROUP BY ServiceName LIMIT ${MAX_SERVICES}`,
    ),
  ]);
  const names = new Set([...spans, ...samples].map(([name]) => name).filter((name) => name !== ""));
  const spanOf = new Map(spans.map((row) => [row[0], row]));
  const sampleOf = new Map(samples);
  const agentOf = new Map(agents.map((row) => [row[0], row]));
  const merged = (...lists: (readonly string[] | undefined)[]): string[] =>
    [...new Set(lists.flatMap((list) => list ?? []))].filter((text) => text !== "").sort();
  return [...names].sort().map((name) => {
    const span = spanOf.get(name);
    const agent = agentOf.get(name);
    // A process is counted by its agent's id; other ids of the same process would count it twice.
    const ids = merged(span?.[4], agent?.[4]);
    const named = ids.filter((id) => /^[0-9a-f]{32}$/.test(id));
    const sample = sampleOf.get(name);
    return {
      name,
      versions: merged(span?.[1], agent?.[1]),
      environments: merged(span?.[2], agent?.[2]),
      zones: merged(span?.[3], agent?.[3]),
      instances: named.length > 0 ? named.length : ids.length,
      lastSpanUnixNano: span?.[5] ?? null,
      lastSampleUnixNano: sample === undefined ? null : `${sample}000`,
    };
  });
}

type Operation = Operations["operations"][number];

/** Span names of a service, most frequent first. */
export async function readOperations(
  store: Store,
  caller: Caller,
  service: string,
  { from, to }: TimeRange,
  offset: number,
  limit: number,
): Promise<Operation[]> {
  const { endpoint: endpointColumn } = await spanColumns(store, caller);
  const rows = await store.rows<[string, string, string, number | string, string, string, number | string]>(
    caller,
    sql`SELECT name, kind, max(endpoint), count() AS spans, toString(toUInt64(quantileExact(0.5)(duration))), toString(toUInt64(quantileExact(0.95)(duration))), sum(samples)
      FROM (SELECT SpanName AS name, SpanKind AS kind, ${endpointColumn} AS endpoint, ${durationSql} AS duration, TraceId, SpanId
        FROM ${store.spans.name} WHERE ServiceName = ${service} AND Timestamp >= ${nanoTime(from)} AND Timestamp < ${nanoTime(to)}
        LIMIT 1 BY TraceId, SpanId) AS span
      LEFT JOIN (SELECT SpanId, TraceId, count() AS samples FROM profile_samples
        WHERE ServiceName = ${service} AND ProfileType = 'wall' AND ${sampleTime({ from, to })} AND SpanId != '' GROUP BY TraceId, SpanId) AS sample
      ON span.TraceId = sample.TraceId AND span.SpanId = sample.SpanId
      GROUP BY name, kind ORDER BY spans DESC, name, kind LIMIT ${limit} OFFSET ${offset}`,
  );
  return rows.map(([name, kind, endpoint, spans, p50, p95, samples]) => ({
    name,
    kind: kind.toLowerCase() || "unspecified",
    endpoint: endpoint === "" ? null : endpoint,
    spans: Number(spans),
    p50Nano: Number(p50),
    p95Nano: Number(p95),
    samples: Number(samples),
  }));
}
