import { shardDatabase } from "../cluster/names.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Tables and views of which the account reads every column. Views read with the rights of who asks. */
const WHOLE = words(`
  ingest_status otel_traces_trace_id_ts profile_events profile_samples profile_samples_slow profile_slow_days profile_stacks
  profile_traces endpoint_hotspots flamegraph loop_blame slow_spans span_profile trace_profile`);

/**
 * Columns it reads of tables that also have columns with what programs wrote into attributes, messages and labels. Named one by
 * one: where a column is revoked from the whole table ClickHouse still lets its subcolumns be read, as \`SpanAttributes['key']\`.
 */
const SOME: Readonly<Record<string, readonly string[]>> = {
  otel_traces: words(`
    Timestamp TraceId SpanId ParentSpanId TraceState SpanName SpanKind ServiceName ScopeName ScopeVersion Duration
    StatusCode Events.Timestamp Events.Name Links.TraceId Links.SpanId Links.TraceState HotspanEndpoint HotspanInstance
    HotspanThread HotspanKeys HotspanVersion HotspanEnvironment HotspanZone`),
  profile_instances: words(`
    ServiceName Instance ServiceVersion Environment Zone Host Pid Runtime AgentVersion LastSeen`),
  profile_windows: words(`
    Instance Thread Start End Seq Part Parts ProfileId ServiceName ServiceVersion ThreadName StartMonotonicNano
    EndMonotonicNano StartUnixNano EndUnixNano PeriodNano ExpectedTicks TakenTicks DroppedContexts FlushStallNano
    ThreadCpuNano ProcessCpuNano QuietLoop HasJournal Mode Schedule ContextPath CgroupVersion CgroupQuotaMicros
    CgroupPeriodMicros CgroupThrottled CgroupThrottledMicros LoopDelayP50Nano LoopDelayP99Nano LoopDelayMaxNano TickDelta
    TickState TickCpu TickLabel TickStack TickRun LabelTraceId LabelSpanId LabelLocalRootId LabelEndpoint LabelSampled
    StackHashes StackWallNano StackCpuNano StackTicks JournalThresholdMicros JournalDroppedTurns JournalDroppedResumes
    TurnDelta TurnBusy TurnLabel ResumeDelta ResumeLabel ResumeSource ResumeLate RunDelayDelta RunDelaySpan RunDelay Batch
    Source SourceOffset ReceivedAt`),
};

/** What it must not read; a test holds that this and what is above are all columns and tables there are. */
export const WITHHELD: Readonly<Record<string, readonly string[]>> = {
  // HotspanProcess may be made of any id, host and process that a resource names.
  otel_traces: words(
    "ResourceAttributes SpanAttributes StatusMessage Events.Attributes Links.Attributes HotspanProcess",
  ),
  profile_instances: words("Resource"),
  profile_windows: words("LabelUser"),
  // Reads versions from attributes.
  cpu_per_1000_requests: ["*"],
  // Of the machinery; the first names what was deleted.
  deletion_jobs: ["*"],
  otel_traces_trace_id_ts_mv: ["*"],
  profile_batches: ["*"],
  profile_claims: ["*"],
  schema_migrations: ["*"],
};

/** What `hotspan_sql` may, of the tables and, in a cluster, of those with the rows behind them. */
export function sqlGrants(database: string): readonly string[] {
  return [database, shardDatabase(database)].flatMap((name) => [
    ...WHOLE.map((table) => `SELECT ON ${name}.${table}`),
    ...Object.entries(SOME).map(
      ([table, columns]) => `SELECT(${columns.map((one) => `\`${one}\``).join(", ")}) ON ${name}.${table}`,
    ),
  ]);
}
