-- What is read of whole traces, in the order of traces. The table is ordered by service, name and time: a trace of ten spans lies
-- in ten blocks of 8192 rows each, and 400 traces of a day in all of them. Parts that are there get it in the background.
-- Columns of a projection have no codec of their own, and the default one leaves ids in hex as long as they are.
ALTER TABLE {db}.otel_traces MODIFY SETTING default_compression_codec = 'ZSTD(1)';
ALTER TABLE {db}.otel_traces ADD COLUMN IF NOT EXISTS HotspanKeys Array(LowCardinality(String)) MATERIALIZED mapKeys(SpanAttributes) COMMENT 'Names of its attributes: they tell what kind of call a span is' CODEC(ZSTD(1));
ALTER TABLE {db}.otel_traces ADD PROJECTION IF NOT EXISTS by_trace (
  SELECT TraceId, Timestamp, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, Duration, HotspanKeys, HotspanInstance, HotspanThread, HotspanEndpoint
  ORDER BY TraceId
) WITH SETTINGS (index_granularity = 256);
ALTER TABLE {db}.otel_traces MATERIALIZE PROJECTION by_trace SETTINGS mutations_sync = 0, alter_sync = 0;

-- Sums by stack of each ten minutes: whole services without reading each of their samples. A part holds both, so they agree.
ALTER TABLE {db}.profile_samples ADD PROJECTION IF NOT EXISTS by_stack (
  SELECT ServiceName, ProfileType, Bucket, Endpoint, StackHash, count(), sum(Value), sum(CpuNano)
  GROUP BY ServiceName, ProfileType, Bucket, Endpoint, StackHash
);
ALTER TABLE {db}.profile_samples MATERIALIZE PROJECTION by_stack SETTINGS mutations_sync = 0, alter_sync = 0;

-- All columns of a window are read together, and seldom of two neighbours. In one file, each granule compressed by itself, that
-- takes half of what seventy files do, whose blocks are twice as long as a granule. Parts that are there change as they are merged.
ALTER TABLE {db}.profile_windows MODIFY SETTING min_bytes_for_wide_part = 1099511627776, default_compression_codec = 'ZSTD(1)';
-- Few columns of many windows are then read from here.
ALTER TABLE {db}.profile_windows ADD PROJECTION IF NOT EXISTS by_time (
  SELECT Start, End, Instance, Thread, ServiceName, ServiceVersion, Seq, Part, Parts, StartUnixNano, EndUnixNano, PeriodNano, Mode, QuietLoop,
    HasJournal, ExpectedTicks, TakenTicks, DroppedContexts
  ORDER BY Start
) WITH SETTINGS (index_granularity = 4096);
ALTER TABLE {db}.profile_windows MATERIALIZE PROJECTION by_time SETTINGS mutations_sync = 0, alter_sync = 0;
-- These sums made a fifth of a window. The projection by_stack has them in a thirtieth of that.
ALTER TABLE {db}.profile_windows COMMENT COLUMN IF EXISTS StackWallNano 'Not written any more: wall time per entry of StackHashes, ns';
ALTER TABLE {db}.profile_windows COMMENT COLUMN IF EXISTS StackCpuNano 'Not written any more: CPU time per entry of StackHashes, ns';
ALTER TABLE {db}.profile_windows COMMENT COLUMN IF EXISTS StackTicks 'Not written any more: ticks per entry of StackHashes';
