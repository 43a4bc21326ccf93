import type { Job } from "./job.ts";

/** One mutation: the rows that `where` tells are deleted, or changed by `update`. Both are SQL with `params`. */
export interface Step {
  readonly table: string;
  readonly where: string;
  /** Column to expression; absent: the rows are deleted. */
  readonly update?: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * The steps of a pass over all tables. Each may be repeated, and a pass that was interrupted begins again: what tells a step
 * which rows to take goes after them.
 *
 * Ids and labels are not written into the statements but read from `deletion_jobs` as they run: ClickHouse keeps the text of
 * finished mutations. Where the job has forgotten them, nothing is selected.
 *
 * @param days of windows with the label, `YYYY-MM-DD`
 * @param before Unix ms; only what happened before, undefined: everything
 */
export function steps(
  { id, target }: Pick<Job, "id" | "target">,
  days: readonly string[],
  before?: number,
): readonly Step[] {
  switch (target.kind) {
    case "service":
      return serviceSteps(target.service, before);
    case "traces":
      return traceSteps(id);
    case "label":
      return labelSteps(id, days, before);
  }
}

function serviceSteps(service: string, before: number | undefined): readonly Step[] {
  const params = { service, ...(before === undefined ? {} : { before: (before / 1000).toFixed(3) }) };
  const until = (column: string): string =>
    before === undefined ? "" : ` AND ${column} < toDateTime64({before:Decimal64(3)}, 3, 'UTC')`;
  const own = "ServiceName = {service:String}";
  const all = (table: string, time: string, more = ""): Step => ({
    table,
    where: `${own}${until(time)}${more}`,
    params,
  });
  // A quarter of them at a time: they are held in memory.
  const traceIndex = Array.from({ length: 4 }, (_, part) => {
    const some = `cityHash64(TraceId) % 4 = ${part}`;
    const ours = `SELECT TraceId FROM otel_traces WHERE ${own} AND ${some}`;
    return {
      table: "otel_traces_trace_id_ts",
      where:
        `${some} AND TraceId IN (${ours})${until("Start")} AND TraceId NOT IN ` +
        `(SELECT TraceId FROM otel_traces WHERE ServiceName != {service:String} AND ${some} AND TraceId IN (${ours}))`,
      params,
    };
  });
  return [
    // Before the spans, which tell what traces these are.
    ...traceIndex,
    all("otel_traces", "Timestamp"),
    all("profile_samples", "Timestamp"),
    all("profile_samples_slow", "Timestamp"),
    all("profile_traces", "Start"),
    all("profile_windows", "Start"),
    all("profile_events", "Timestamp"),
    all("profile_instances", "LastSeen"),
    // Behind the samples: those that came meanwhile keep theirs, which their correlator will not send again today.
    all(
      "profile_stacks",
      "LastSeen",
      ` AND StackHash NOT IN (SELECT StackHash FROM profile_samples WHERE ${own})`,
    ),
  ];
}

function traceSteps(id: string): readonly Step[] {
  const params = { job: id };
  const ids =
    "(SELECT lower(leftPad(hex(arrayJoin(TraceIds)), 32, '0')) FROM deletion_jobs WHERE JobId = {job:String})";
  // An array as a scalar: the bloom filters of array columns know no sets.
  const list =
    "(SELECT groupUniqArrayArray(arrayMap(i -> lower(leftPad(hex(i), 32, '0')), TraceIds)) FROM deletion_jobs WHERE JobId = {job:String})";
  const whole = (table: string): Step => ({ table, where: `TraceId IN ${ids}`, params });
  const unlinked = (column: string): string =>
    `arrayFilter((one, trace) -> NOT has(${list}, trace), \`Links.${column}\`, \`Links.TraceId\`)`;
  return [
    whole("otel_traces"),
    {
      table: "otel_traces",
      where: `hasAny(\`Links.TraceId\`, ${list})`,
      update: Object.fromEntries(
        ["TraceId", "SpanId", "TraceState", "Attributes"].map((column) => [
          `Links.${column}`,
          unlinked(column),
        ]),
      ),
      params,
    },
    whole("otel_traces_trace_id_ts"),
    whole("profile_samples"),
    whole("profile_samples_slow"),
    whole("profile_traces"),
    {
      table: "profile_windows",
      where: `hasAny(LabelTraceId, ${list})`,
      update: blanked(`has(${list}, trace)`),
      params,
    },
  ];
}

function labelSteps(id: string, days: readonly string[], before: number | undefined): readonly Step[] {
  const params = { job: id, ...(before === undefined ? {} : { before: (before / 1000).toFixed(3) }) };
  const carries = carrying(id);
  const windows = `${hasLabel(id)}${
    before === undefined ? "" : " AND Start < toDateTime64({before:Decimal64(3)}, 3, 'UTC')"
  }`;
  const found: Step[] = [];
  for (const day of days) {
    const from = `FROM profile_windows WHERE toDate(Start) = toDate('${day}') AND ${windows}`;
    const mine = `arrayFilter((i, user) -> ${carries}, arrayEnumerate(LabelUser), LabelUser) AS mine`;
    const ticks =
      `SELECT Instance, Thread, fromUnixTimestamp64Micro(toUnixTimestamp64Micro(Start) + arrayJoin(` +
      `arrayFilter((micros, label) -> has(mine, label), arrayCumSum(TickDelta), TickLabel)), 'UTC')`;
    const ids = `SELECT arrayJoin(arrayFilter((trace, user) -> trace != '' AND ${carries}, LabelTraceId, LabelUser))`;
    const spans = `SELECT tupleElement(one, 1), tupleElement(one, 2) FROM (SELECT arrayJoin(arrayFilter((pair, user) -> pair.2 != '' AND ${carries}, arrayZip(LabelTraceId, LabelSpanId), LabelUser)) AS one ${from})`;
    const near = (column: string): string =>
      `${column} >= toDateTime('${day} 00:00:00', 'UTC') - INTERVAL 1 HOUR AND ${column} < toDateTime('${day} 00:00:00', 'UTC') + INTERVAL 2 DAY`;
    const sampled = {
      where:
        `${near("Bucket")} AND Instance IN (SELECT Instance ${from}) AND ((TraceId, SpanId) IN (${spans}) ` +
        `OR (Instance, Thread, Timestamp) IN (WITH ${mine} ${ticks} ${from}))`,
      params,
    };
    found.push(
      { table: "profile_samples", ...sampled },
      { table: "profile_samples_slow", ...sampled },
      {
        // An index of the samples: where they are gone.
        table: "profile_traces",
        where:
          `${near("Bucket")} AND TraceId IN (${ids} ${from}) ` +
          `AND (TraceId, Instance, Thread, Bucket, Endpoint) NOT IN (SELECT TraceId, Instance, Thread, Bucket, Endpoint FROM profile_samples WHERE ${near("Bucket")} AND TraceId IN (${ids} ${from}))`,
        params,
      },
      {
        table: "profile_windows",
        where: `toDate(Start) = toDate('${day}') AND ${windows}`,
        update: blanked(carries),
        params,
      },
    );
  }
  return found;
}

/** Whether a window has the job's label, as a condition on `profile_windows`. */
export function hasLabel(id: string): string {
  return `arrayExists(user -> ${carrying(id)}, LabelUser)`;
}

/** Of a variable `user`: one entry of LabelUser. Every map lacks '' and so "has" the value '' there: no value, no match. */
function carrying(id: string): string {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Error(`no job's id: ${id}`);
  const of = (column: string): string =>
    `(SELECT any(${column}) FROM deletion_jobs WHERE JobId = '${id}' AND LabelValue != '')`;
  return `(${of("LabelValue")} != '' AND user[${of("LabelKey")}] = ${of("LabelValue")})`;
}

/**
 * Label entries without what leads to a person or a request. The window stays, and with it what the thread did when: the spans
 * of others lean on that.
 *
 * @param which of variables `trace` and `user`
 */
function blanked(which: string): Record<string, string> {
  const empty = (column: string): string =>
    `arrayMap((one, trace, user) -> if(${which}, '', one), ${column}, LabelTraceId, LabelUser)`;
  return {
    LabelTraceId: empty("LabelTraceId"),
    LabelSpanId: empty("LabelSpanId"),
    LabelLocalRootId: empty("LabelLocalRootId"),
    LabelUser: `arrayMap((one, trace, user) -> if(${which}, CAST(map(), 'Map(LowCardinality(String), String)'), one), LabelUser, LabelTraceId, LabelUser)`,
  };
}
