import { ApiError } from "../errors.ts";
import type { TimeRange } from "../params/time.ts";
import type { CompareBody, ProfilesQuery } from "../types.ts";
import { sampleTime } from "./samples.ts";
import { entrySql } from "./sides.ts";
import type { SpanColumns } from "./span-columns.ts";
import { durationSql, tookSql } from "./spans.ts";
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
  spans: SpanColumns,
  projection: Projection = "by_stack",
): Sql[] {
  const { whole, ends } = tenMinutesOf(range);
  if (whole === undefined || !isSummed(selection, projection))
    return [selectionCondition(selection, [range], spans)];
  const sums = and([
    oneOf(sql`ServiceName`, selection.service),
    typeCondition(selection.type),
    sql`Bucket >= ${seconds(whole.from)} AND Bucket < ${seconds(whole.to)}`,
    oneOf(sql`Endpoint`, selection.endpoint),
    processCondition(selection),
  ]);
  return [sums, ...ends.map((end) => selectionCondition(selection, [end], spans))];
}

type Projection = "by_stack" | "by_process";

/** Whether a projection has the sums of what is asked for. */
export function isSummed(selection: Selection, projection: Projection = "by_stack"): boolean {
  const { type, operation, version, environment, zone, instance, thread, label } = selection;
  const processes = projection === "by_process" ? [] : [version, environment, zone, instance, thread];
  return (
    // Of a heap only its latest profile counts: no two parts of the range may each take one.
    type !== "heap_inuse" &&
    tookCondition(selection) === undefined &&
    [operation, label, ...processes].every((one) => one === undefined || one.length === 0)
  );
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
export function spanConditions(
  selection: Selection,
  times: readonly TimeRange[],
  spans: SpanColumns,
): Sql | undefined {
  const found = [spanCondition(selection, times, spans), labelCondition(selection, hull(times))].filter(
    (one) => one !== undefined,
  );
  return found.length === 0 ? undefined : and(found);
}

/** From the beginning of the first to the end of the last. @param times in order, at least one */
function hull(times: readonly TimeRange[]): TimeRange {
  return { from: times[0]!.from, to: times.at(-1)!.to };
}

/**
 * The samples of a selection, as a condition on profile_samples.
 * @param times in order, none overlaps another
 * @param spans the table of spans, where operations are looked up
 */
export function selectionCondition(
  selection: Selection,
  times: readonly TimeRange[],
  spans: SpanColumns,
): Sql {
  const service = oneOf(sql`ServiceName`, selection.service);
  const time = or(times.map(sampleTime));
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
    spanConditions(selection, times, spans),
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

/** Clocks of a span and of its samples differ by less. */
const SKEW_NANO = 60_000_000_000n;

/** Spans that may have samples within a range. */
function spansNear({ from, to }: TimeRange): Sql {
  const before = (nano: bigint): bigint => (from > nano ? from - nano : 0n);
  return sql`Timestamp >= ${nanoTime(before(HOUR_NANO))} AND Timestamp < ${nanoTime(to)}
    AND toUnixTimestamp64Nano(Timestamp) + ${durationSql} >= ${before(SKEW_NANO)}`;
}

/** Samples of an operation's spans, and of requests that took a time asked for; undefined: of any. */
function spanCondition(
  selection: Selection,
  times: readonly TimeRange[],
  spans: SpanColumns,
): Sql | undefined {
  const { service, operation, endpoint } = selection;
  const took = tookCondition(selection);
  const named = operation !== undefined && operation.length > 0;
  if (!named && took === undefined) return undefined;
  const near = and([oneOf(sql`ServiceName`, service), or(times.map(spansNear)), took]);
  return named
    ? sql`(TraceId, SpanId) IN (SELECT TraceId, SpanId FROM ${spans.table} WHERE ${and([near, oneOf(sql`SpanName`, operation)])})`
    : // A sample names its endpoint itself: the trace tells which of its requests are meant. Of a busy endpoint half of all traces may
      // be: looked up by their text they take more than twice the time. Two hashes are alike once in 10^19.
      sql`cityHash64(TraceId) IN (SELECT cityHash64(TraceId) FROM ${spans.table} WHERE ${and([near, entrySql, oneOf(spans.endpoint, endpoint)])})`;
}
