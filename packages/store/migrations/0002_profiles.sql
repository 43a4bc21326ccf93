-- Profiles. `Batch` names the cut of a source partition a row came from (see profile_batches): it is how a restarted
-- correlator counts what an interrupted insert left behind.
CREATE TABLE IF NOT EXISTS {db}.profile_samples (
  ServiceName LowCardinality(String) COMMENT 'service.name' CODEC(ZSTD(1)),
  ProfileType LowCardinality(String) COMMENT 'wall (Value in ns) | heap_inuse | heap_alloc (Value in bytes); cpu sums CpuNano of wall' CODEC(ZSTD(1)),
  Bucket DateTime('UTC') COMMENT 'Timestamp rounded down to 10 minutes' CODEC(Delta(4), ZSTD(1)),
  Endpoint LowCardinality(String) COMMENT 'Name of the local root: GET /cart; empty when unknown' CODEC(ZSTD(1)),
  TraceId String COMMENT '32 lower-case hex digits, or empty' CODEC(ZSTD(1)),
  SpanId String COMMENT '16 lower-case hex digits, or empty: the span active when the tick fired' CODEC(ZSTD(1)),
  Timestamp DateTime64(6, 'UTC') COMMENT 'When the tick fired' CODEC(Delta(8), ZSTD(1)),
  StackHash UInt64 COMMENT 'Joins profile_stacks by (ServiceName, StackHash)' CODEC(ZSTD(1)),
  Instance LowCardinality(String) COMMENT 'One process start, 32 hex digits; joins profile_instances' CODEC(ZSTD(1)),
  Thread UInt32 COMMENT 'Node.js threadId, 0 is the main thread' CODEC(ZSTD(1)),
  State Enum8('js' = 1, 'gc' = 2, 'program' = 3) COMMENT 'What V8 was doing' CODEC(ZSTD(1)),
  Value Int64 COMMENT 'Wall time this tick stands for, ns (bytes for heap types)' CODEC(ZSTD(1)),
  CpuNano Int64 COMMENT 'CPU time of the thread since the tick before, ns' CODEC(ZSTD(1)),
  Batch UInt64 COMMENT 'Cut the row came from' CODEC(ZSTD(1)),
  INDEX idx_trace TraceId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Bucket)
PRIMARY KEY (ServiceName, ProfileType, Bucket, Endpoint, TraceId, SpanId)
ORDER BY (ServiceName, ProfileType, Bucket, Endpoint, TraceId, SpanId, Timestamp, StackHash)
TTL Bucket + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000
COMMENT 'One row per tick that had a stack.';

CREATE TABLE IF NOT EXISTS {db}.profile_traces (
  TraceId String COMMENT '32 hex digits' CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) COMMENT 'service.name' CODEC(ZSTD(1)),
  ProfileType LowCardinality(String) CODEC(ZSTD(1)),
  Bucket DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  Endpoint LowCardinality(String) CODEC(ZSTD(1)),
  Instance LowCardinality(String) COMMENT 'One process start, 32 hex digits' CODEC(ZSTD(1)),
  Thread UInt32 CODEC(ZSTD(1)),
  Start SimpleAggregateFunction(min, DateTime64(6, 'UTC')) COMMENT 'First tick of the trace here' CODEC(ZSTD(1)),
  End SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Last tick of the trace here' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(Bucket)
ORDER BY (TraceId, ServiceName, ProfileType, Bucket, Endpoint, Instance, Thread)
TTL Bucket + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 10000
COMMENT 'Where the samples of a trace lie. Idempotent (min, max): exact figures come from profile_samples.';

CREATE TABLE IF NOT EXISTS {db}.profile_windows (
  Instance LowCardinality(String) COMMENT 'One process start, 32 hex digits' CODEC(ZSTD(1)),
  Thread UInt32 COMMENT 'Node.js threadId, 0 is the main thread' CODEC(ZSTD(1)),
  Start DateTime64(6, 'UTC') COMMENT 'Start of the window, Unix time' CODEC(Delta(8), ZSTD(1)),
  End DateTime64(6, 'UTC') COMMENT 'End of the window, Unix time' CODEC(Delta(8), ZSTD(1)),
  Seq UInt64 COMMENT 'Counts windows of this thread from 0; a gap is a lost window' CODEC(ZSTD(1)),
  Part UInt16 COMMENT '1-based part of a split window' CODEC(ZSTD(1)),
  Parts UInt16 COMMENT 'Number of parts; 1: not split' CODEC(ZSTD(1)),
  ProfileId String COMMENT '32 hex digits' CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) COMMENT 'service.name' CODEC(ZSTD(1)),
  ServiceVersion LowCardinality(String) COMMENT 'service.version' CODEC(ZSTD(1)),
  ThreadName LowCardinality(String) COMMENT 'Name of the worker thread; empty for the main thread' CODEC(ZSTD(1)),
  StartMonotonicNano UInt64 COMMENT 'Start on the monotonic clock of the process, ns' CODEC(ZSTD(1)),
  EndMonotonicNano UInt64 COMMENT 'End on the monotonic clock of the process, ns' CODEC(ZSTD(1)),
  StartUnixNano UInt64 COMMENT 'Start, ns since the Unix epoch' CODEC(ZSTD(1)),
  EndUnixNano UInt64 COMMENT 'End, ns since the Unix epoch' CODEC(ZSTD(1)),
  PeriodNano UInt64 COMMENT 'Sampling period, ns; 0: no ticks (a plain pprof)' CODEC(ZSTD(1)),
  ExpectedTicks UInt32 COMMENT 'Ticks that should have fired in the window' CODEC(ZSTD(1)),
  TakenTicks UInt32 COMMENT 'Ticks that did' CODEC(ZSTD(1)),
  DroppedContexts UInt32 COMMENT 'Ticks whose label was lost' CODEC(ZSTD(1)),
  FlushStallNano UInt64 COMMENT 'Time the agent held the thread to collect the profile, ns' CODEC(ZSTD(1)),
  ThreadCpuNano UInt64 COMMENT 'CPU time of the thread within the window, ns' CODEC(ZSTD(1)),
  ProcessCpuNano UInt64 COMMENT 'CPU time of the process within the window, ns' CODEC(ZSTD(1)),
  QuietLoop Bool COMMENT 'Whether idle time of the loop was not sampled' CODEC(ZSTD(1)),
  HasJournal Bool COMMENT 'Whether the Turn and Resume columns are meant' CODEC(ZSTD(1)),
  Mode LowCardinality(String) COMMENT 'continuous | amortised | on_demand | slow_only' CODEC(ZSTD(1)),
  ContextPath LowCardinality(String) COMMENT 'frame | hooks | with' CODEC(ZSTD(1)),
  CgroupVersion UInt8 COMMENT '1 | 2; 0: no cgroup' CODEC(ZSTD(1)),
  CgroupQuotaMicros UInt64 COMMENT 'CPU quota per period, microseconds; 0: unlimited' CODEC(ZSTD(1)),
  CgroupPeriodMicros UInt64 COMMENT 'Length of a quota period, microseconds' CODEC(ZSTD(1)),
  CgroupThrottled UInt64 COMMENT 'Periods throttled within the window' CODEC(ZSTD(1)),
  CgroupThrottledMicros UInt64 COMMENT 'Time throttled within the window, microseconds' CODEC(ZSTD(1)),
  LoopDelayP50Nano UInt64 COMMENT 'Event loop delay, median, ns' CODEC(ZSTD(1)),
  LoopDelayP99Nano UInt64 COMMENT 'Event loop delay, 99th percentile, ns' CODEC(ZSTD(1)),
  LoopDelayMaxNano UInt64 COMMENT 'Event loop delay, maximum, ns' CODEC(ZSTD(1)),
  TickDelta Array(UInt32) COMMENT 'Microseconds since the previous entry; the first since Start' CODEC(ZSTD(1)),
  TickState Array(UInt8) COMMENT '1 js, 2 gc, 3 program, 4 idle' CODEC(ZSTD(1)),
  TickCpu Array(UInt32) COMMENT 'Microseconds of CPU since the previous tick' CODEC(ZSTD(1)),
  TickLabel Array(UInt32) COMMENT '1-based index into the Label columns; 0: none' CODEC(ZSTD(1)),
  TickStack Array(UInt32) COMMENT '1-based index into StackHashes; 0: none' CODEC(ZSTD(1)),
  TickRun Array(UInt32) COMMENT 'Ticks per entry (idle runs); empty: 1 each' CODEC(ZSTD(1)),
  LabelTraceId Array(String) COMMENT '32 hex digits, or empty' CODEC(ZSTD(1)),
  LabelSpanId Array(String) COMMENT '16 hex digits, or empty' CODEC(ZSTD(1)),
  LabelLocalRootId Array(String) COMMENT '16 hex digits: first span of the trace in this process' CODEC(ZSTD(1)),
  LabelEndpoint Array(LowCardinality(String)) COMMENT 'Name of the local root' CODEC(ZSTD(1)),
  LabelSampled Array(Bool) COMMENT 'Whether the trace was sampled' CODEC(ZSTD(1)),
  LabelUser Array(Map(LowCardinality(String), String)) COMMENT 'Labels set by the program' CODEC(ZSTD(1)),
  StackHashes Array(UInt64) COMMENT 'Distinct stacks of this window; join profile_stacks' CODEC(ZSTD(1)),
  StackWallNano Array(UInt64) COMMENT 'Wall time per entry of StackHashes, ns' CODEC(ZSTD(1)),
  StackCpuNano Array(UInt64) COMMENT 'CPU time per entry of StackHashes, ns' CODEC(ZSTD(1)),
  StackTicks Array(UInt32) COMMENT 'Ticks per entry of StackHashes' CODEC(ZSTD(1)),
  JournalThresholdMicros UInt32 COMMENT 'Shortest turn in the journal, microseconds' CODEC(ZSTD(1)),
  JournalDroppedTurns UInt32 COMMENT 'Turns that did not fit' CODEC(ZSTD(1)),
  JournalDroppedResumes UInt32 COMMENT 'Resumes that did not fit' CODEC(ZSTD(1)),
  TurnDelta Array(UInt32) COMMENT 'Start of a turn, microseconds since the start of the previous one' CODEC(ZSTD(1)),
  TurnBusy Array(UInt32) COMMENT 'Length of the turn, microseconds' CODEC(ZSTD(1)),
  TurnLabel Array(UInt32) COMMENT '1-based index into the Label columns; 0: none' CODEC(ZSTD(1)),
  ResumeDelta Array(UInt32) COMMENT 'Macrotasks right behind a long turn, microseconds since the previous one' CODEC(ZSTD(1)),
  ResumeLabel Array(UInt32) COMMENT '1-based index into the Label columns; 0: none' CODEC(ZSTD(1)),
  Batch UInt64 COMMENT 'Cut the row came from' CODEC(ZSTD(1)),
  Source LowCardinality(String) COMMENT 'cluster/group/topic id/partition the record came from' CODEC(ZSTD(1)),
  SourceOffset UInt64 COMMENT 'Offset of the record in its partition' CODEC(ZSTD(1)),
  ReceivedAt DateTime64(3, 'UTC') COMMENT 'Time of the record itself: broker timestamp or HTTP receipt' CODEC(ZSTD(1)),
  INDEX idx_trace LabelTraceId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Start)
ORDER BY (Instance, Thread, Start, Part)
TTL toDateTime(Start) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 32, non_replicated_deduplication_window = 10000
COMMENT 'One row per window and part: header, every tick (idle too) and the turn journal, as arrays.';

CREATE TABLE IF NOT EXISTS {db}.profile_events (
  Instance LowCardinality(String) COMMENT 'One process start, 32 hex digits; joins profile_instances' CODEC(ZSTD(1)),
  Thread UInt32 COMMENT 'Node.js threadId, 0 is the main thread' CODEC(ZSTD(1)),
  Timestamp DateTime64(6, 'UTC') COMMENT 'Start' CODEC(Delta(8), ZSTD(1)),
  ServiceName LowCardinality(String) COMMENT 'service.name' CODEC(ZSTD(1)),
  Kind LowCardinality(String) COMMENT 'gc_minor | gc_major | gc_incremental | gc_weakcb | pool' CODEC(ZSTD(1)),
  DurationNano UInt64 COMMENT 'GC pause, or queue delay of the thread-pool probe, ns' CODEC(ZSTD(1)),
  Batch UInt64 COMMENT 'Cut the row came from' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (Instance, Thread, Timestamp)
TTL toDateTime(Timestamp) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 10000
COMMENT 'Exact garbage collections and thread-pool probes.';

CREATE TABLE IF NOT EXISTS {db}.profile_instances (
  ServiceName LowCardinality(String) COMMENT 'service.name' CODEC(ZSTD(1)),
  Instance String COMMENT '32 hex digits' CODEC(ZSTD(1)),
  ServiceVersion LowCardinality(String) COMMENT 'service.version' CODEC(ZSTD(1)),
  Environment LowCardinality(String) COMMENT 'deployment.environment.name' CODEC(ZSTD(1)),
  Zone LowCardinality(String) COMMENT 'cloud.availability_zone' CODEC(ZSTD(1)),
  Host String COMMENT 'host.name' CODEC(ZSTD(1)),
  Pid UInt32 COMMENT 'process.pid' CODEC(ZSTD(1)),
  Runtime LowCardinality(String) COMMENT 'nodejs 24.21.0' CODEC(ZSTD(1)),
  AgentVersion LowCardinality(String) COMMENT 'Version of the Hotspan agent' CODEC(ZSTD(1)),
  Resource Map(LowCardinality(String), String) COMMENT 'All resource attributes, as text' CODEC(ZSTD(1)),
  LastSeen DateTime('UTC') COMMENT 'End of its latest window, to within a day' CODEC(Delta(4), ZSTD(1))
)
ENGINE = ReplacingMergeTree(LastSeen)
PARTITION BY toMonday(LastSeen)
ORDER BY (ServiceName, Instance)
TTL LastSeen + INTERVAL 45 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Who sampled: read with the latest LastSeen per Instance.';

CREATE TABLE IF NOT EXISTS {db}.profile_stacks (
  ServiceName LowCardinality(String) COMMENT 'service.name' CODEC(ZSTD(1)),
  StackHash UInt64 COMMENT 'Key together with ServiceName' CODEC(ZSTD(1)),
  Functions Array(LowCardinality(String)) COMMENT 'Leaf first' CODEC(ZSTD(1)),
  Files Array(LowCardinality(String)) COMMENT 'Per frame; empty: unknown' CODEC(ZSTD(1)),
  Lines Array(UInt32) COMMENT 'Per frame; 0: unknown' CODEC(ZSTD(1)),
  Columns Array(UInt32) COMMENT 'Per frame; 0: unknown' CODEC(ZSTD(1)),
  Packages Array(LowCardinality(String)) COMMENT 'npm package, node, v8 or the service itself' CODEC(ZSTD(1)),
  Kinds Array(Enum8('app' = 1, 'dependency' = 2, 'node' = 3, 'v8' = 4, 'gc' = 5, 'native' = 6, 'runtime' = 7)) COMMENT 'Per frame: whose code it is' CODEC(ZSTD(1)),
  LastSeen DateTime('UTC') COMMENT 'When it was last emitted, to within a day' CODEC(Delta(4), ZSTD(1))
)
ENGINE = ReplacingMergeTree(LastSeen)
PARTITION BY toMonday(LastSeen)
ORDER BY (ServiceName, StackHash)
TTL LastSeen + INTERVAL 45 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Frames of a stack, leaf first. Re-emitted at least daily while in use.';

-- Not partitioned: a deduplication token holds within one partition only, so two owners deciding a cut on both sides of
-- a partition boundary would both succeed. `_block_number` is kept through merges: parts become visible in its order,
-- so the row of a key with the lowest one is the same to every reader at any time.
CREATE TABLE IF NOT EXISTS {db}.profile_batches (
  Cluster LowCardinality(String) COMMENT 'Kafka cluster id, or http' CODEC(ZSTD(1)),
  ConsumerGroup LowCardinality(String) CODEC(ZSTD(1)),
  TopicId LowCardinality(String) CODEC(ZSTD(1)),
  Partition UInt32 CODEC(ZSTD(1)),
  First UInt64 COMMENT 'First offset of the cut' CODEC(ZSTD(1)),
  Last UInt64 COMMENT 'Last offset of the cut, inclusive' CODEC(ZSTD(1)),
  Attempt UInt16 COMMENT 'Number of the deduplication token this row was written with' CODEC(ZSTD(1)),
  Owner LowCardinality(String) COMMENT 'Correlator process that decided the cut' CODEC(ZSTD(1)),
  InsertedAt DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (Cluster, ConsumerGroup, TopicId, Partition, First)
TTL toDateTime(InsertedAt) + INTERVAL 30 DAY
SETTINGS index_granularity = 256, enable_block_number_column = 1, non_replicated_deduplication_window = 100000
COMMENT 'Cuts: which offsets of a source partition form one batch. The row with the lowest _block_number decides.';

CREATE TABLE IF NOT EXISTS {db}.profile_claims (
  Window UInt128 COMMENT 'Hash of (instance, thread, start, part)' CODEC(ZSTD(1)),
  Batch UInt64 COMMENT 'Cut that claims to store the window' CODEC(ZSTD(1)),
  ClaimedAt DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1))
)
ENGINE = MergeTree
ORDER BY Window
TTL ClaimedAt + INTERVAL 7 DAY
SETTINGS index_granularity = 256, enable_block_number_column = 1
COMMENT 'A window that was sent twice is stored by the cut whose claim has the lowest _block_number.';
