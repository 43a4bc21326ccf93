-- In one file with each block of rows compressed by itself, as for windows: a trace lies in one or two blocks of 256 rows. In files of
-- their own columns are compressed 64 kB at a time, so that one block was read with seven others: 400 traces cost five times as much.
-- It takes half as much room again (42 bytes a span). Parts that are there change in the background.
ALTER TABLE {db}.otel_traces DROP PROJECTION IF EXISTS by_trace SETTINGS mutations_sync = 0, alter_sync = 0;
ALTER TABLE {db}.otel_traces ADD PROJECTION IF NOT EXISTS of_trace (
  SELECT TraceId, Timestamp, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, Duration, HotspanKeys, HotspanInstance, HotspanThread, HotspanEndpoint
  ORDER BY TraceId
) WITH SETTINGS (index_granularity = 256, min_bytes_for_wide_part = 1099511627776);
ALTER TABLE {db}.otel_traces MATERIALIZE PROJECTION of_trace SETTINGS mutations_sync = 0, alter_sync = 0;
