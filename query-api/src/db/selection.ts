import { ApiError } from "../errors.ts";
import type { TimeRange } from "../params/time.ts";
import type { CompareBody, ProfilesQuery } from "../types.ts";
import { endpointSql } from "./endpoint.ts";
import { sampleTime } from "./samples.ts";
import { entrySql } from "./sides.ts";
import { tookSql } from "./spans.ts";
import { and, microTime, nanoTime, oneOf, or, type Sql, sql } from "./sql.ts";
import { seconds, tenMinutesOf } from "./ten-minutes.ts";

export type Selection = {
  readonly [K in
    | "service"
    | "operation"
    | "endpoint"
    | "version"
    | "environment"
    | "zone"
    | "instance"
    | "thread"
    | "label"
    | "minMs"
    | "maxMs"
    | "type"]?: ProfilesQuery[K] | undefined;
};

const list = <T>(value: T | readonly T[] | undefined): T[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? (value as T[]) : [value as T];

/** A selection of a body, where one value stands for a list of one. */
export function selectionOf(body: CompareBody["base"]): Selection {
  const {
    service,
    operation,
    endpoint,
    version,
    environment,
    zone,
    instance,
    thread,
    label,
    minMs,
    maxMs,
    type,
  } = body;
  return {
    service: list(service),
    operation: list(operation),
    endpoint: list(endpoint),
    version: list(version),
    environment: list(environment),
    zone: list(zone),
    instance: list(instance),
    thread: list(thread),
    label: list(label),
    minMs,
    maxMs,
    type,
  };
}

/** `key:value` at the first colon; throws `bad_parameter`. Values of one key are OR, keys are AND. */
export function pairs(field: string, texts: readonly string[] | undefined): ReadonlyMap<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const text of texts ?? []) {
    const colon = text.indexOf(":");
    if (colon < 1) throw new ApiError("bad_parameter", `${field}: not key:value`, { field });
    const key = text.slice(0, colon);
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [text.slice(colon + 1)]);
    else list.push(text.slice(colon + 1));
  }
  return byKey;
}

const HOUR_NANO = 3_600_000_000_000n;

/**
 * The samples of a selection, as conditions on profile_samples that no two of hold at once. What asks for whole ten minutes
 * stands alone: it has the columns of the projection `by_stack` or `by_process` only, so that sums are read and not samples.
 */
export function selectionParts(
  selection: Selection,
  range: TimeRange,
  spans: Sql,
  projection: "by_stack" | "by_process" = "by_stack",
): Sql[] {
  const { operation, version, environment, zone, instance, thread, label } = selection;
  const took = tookCondition(selection);
  const processes = projection === "by_process" ? [] : [version, environment, zone, instance, thread];
  const { whole, ends } = tenMinutesOf(range);
  const narrow =
    took !== undefined || [operation, label, ...processes].some((one) => one !== undefined && one.length > 0);
  // Of a heap only its latest profile counts: no two parts of the range may each take one.
  if (narrow || whole === undefined || selection.type === "heap_inuse")
    return [selectionCondition(selection, range, spans)];
  const sums = and([
    oneOf(sql`ServiceName`, selection.service),
    typeCondition(selection.type),
    sql`Bucket >= ${seconds(whole.from)} AND Bucket < ${seconds(whole.to)}`,
    oneOf(sql`Endpoint`, selection.endpoint),
    processCondition(selection),
  ]);
  return [sums, ...ends.map((end) => selectionCondition(selection, end, spans))];
}

const typeCondition = (type: Selection["type"] = "wall"): Sql =>
  sql`ProfileType = ${type === "cpu" ? "wall" : type}`;

/** How long a span took; undefined: anything. Throws `bad_parameter`. */
export function tookCondition({ minMs, maxMs }: Pick<Selection, "minMs" | "maxMs">): Sql | undefined {
  if (minMs !== undefined && maxMs !== undefined && minMs > maxMs)
    throw new ApiError("bad_parameter", "minMs: greater than maxMs", { field: "minMs" });
  return tookSql(minMs, maxMs);
}

/** Throws `bad_parameter`. */
export function checkInstances(instances: readonly string[] = []): void {
  for (const instance of instances)
    if (!/^[0-9a-f]{32}$/.test(instance))
      throw new ApiError("bad_parameter", "instance: not 32 lower-case hex digits", { field: "instance" });
}

/** Which processes and threads; undefined: any. Throws `bad_parameter`. */
function processCondition({
  service,
  version,
  environment,
  zone,
  instance,
  thread,
}: Selection): Sql | undefined {
  checkInstances(instance);
  const facts = [
    oneOf(sql`ServiceVersion`, version),
    oneOf(sql`Environment`, environment),
    oneOf(sql`Zone`, zone),
  ].filter((one) => one !== undefined);
  const conditions = [
    oneOf(sql`Instance`, instance),
    oneOf(sql`Thread`, thread),
    facts.length === 0
      ? undefined
      : sql`Instance IN (SELECT Instance FROM profile_instances WHERE ${and([oneOf(sql`ServiceName`, service), ...facts])})`,
  ].filter((one) => one !== undefined);
  return conditions.length === 0 ? undefined : and(conditions);
}

/**
 * What a selection says of the spans themselves (operation, duration, labels), as a condition on TraceId and SpanId; undefined: any.
 * Throws `bad_parameter`.
 * @param spans the table of spans
 */
export function spanConditions(selection: Selection, range: TimeRange, spans: Sql): Sql | undefined {
  const found = [spanCondition(selection, range, spans), labelCondition(selection, range)].filter(
    (one) => one !== undefined,
  );
  return found.length === 0 ? undefined : and(found);
}

/**
 * The samples of a selection, as a condition on profile_samples.
 * @param spans the table of spans, where operations are looked up
 */
export function selectionCondition(selection: Selection, range: TimeRange, spans: Sql): Sql {
  const service = oneOf(sql`ServiceName`, selection.service);
  const time = sampleTime(range.from, range.to);
  return and([
    service,
    typeCondition(selection.type),
    time,
    // What is alive is alive at one moment: of each thread the latest profile within the range, never their sum.
    selection.type === "heap_inuse"
      ? sql`(Instance, Thread, Timestamp) IN (SELECT Instance, Thread, max(Timestamp) FROM profile_samples
          WHERE ${and([service, typeCondition(selection.type), time])} GROUP BY Instance, Thread)`
      : undefined,
    oneOf(sql`Endpoint`, selection.endpoint),
    processCondition(selection),
    spanConditions(selection, range, spans),
  ]);
}

/** Labels lie with the windows: the spans they were set on are looked up there. As a condition on TraceId and SpanId. */
export function labelCondition(
  { service, label }: Pick<Selection, "service" | "label">,
  range: TimeRange,
): Sql | undefined {
  const labels = [...pairs("label", label)];
  if (labels.length === 0) return undefined;
  return sql`(TraceId, SpanId) IN (SELECT trace, span FROM (
      SELECT arrayJoin(arrayZip(LabelTraceId, LabelSpanId, LabelUser)) AS label, label.1 AS trace, label.2 AS span, label.3 AS user
      FROM profile_windows WHERE ${and([
        oneOf(sql`ServiceName`, service),
        sql`Start < ${microTime(range.to)} AND Start >= ${microTime(range.from > HOUR_NANO ? range.from - HOUR_NANO : 0n)}`,
      ])}) WHERE span != '' AND ${and(labels.map(([key, values]) => or(values.map((value) => sql`user[${key}] = ${value}`))))})`;
}

/** Samples of an operation's spans, and of requests that took a time asked for; undefined: of any. */
function spanCondition(selection: Selection, range: TimeRange, spans: Sql): Sql | undefined {
  const { service, operation, endpoint } = selection;
  const took = tookCondition(selection);
  const named = operation !== undefined && operation.length > 0;
  if (!named && took === undefined) return undefined;
  const near = and([
    oneOf(sql`ServiceName`, service),
    sql`Timestamp >= ${nanoTime(range.from > HOUR_NANO ? range.from - HOUR_NANO : 0n)} AND Timestamp < ${nanoTime(range.to)}`,
    took,
  ]);
  return named
    ? sql`(TraceId, SpanId) IN (SELECT TraceId, SpanId FROM ${spans} WHERE ${and([near, oneOf(sql`SpanName`, operation)])})`
    : // A sample names its endpoint itself: the trace tells which of its requests are meant.
      sql`TraceId IN (SELECT TraceId FROM ${spans} WHERE ${and([near, entrySql, oneOf(endpointSql, endpoint)])})`;
}
