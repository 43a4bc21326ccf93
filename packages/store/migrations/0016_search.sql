-- When each trace began and ended and whether a span of it failed, of each ten minutes: a search over a day reads a row a trace in
-- place of a row a span, which are ten times as many and lie in the order of services. Each service of the trace is one of 64 bits, so that a
-- search for one need not look up millions of ids elsewhere. The query API repeats these words.
ALTER TABLE {db}.otel_traces ADD PROJECTION IF NOT EXISTS traces (
  SELECT toStartOfTenMinutes(Timestamp), reinterpretAsUInt128(unhex(TraceId)),
    min(Timestamp), max(toUnixTimestamp64Nano(Timestamp) + toInt64(if(Duration > 9223372036854775807, 0, Duration))), max(StatusCode = 'Error'),
    groupBitOr(bitShiftLeft(toUInt64(1), cityHash64(ServiceName) % 64))
  GROUP BY toStartOfTenMinutes(Timestamp), reinterpretAsUInt128(unhex(TraceId))
);
ALTER TABLE {db}.otel_traces MATERIALIZE PROJECTION traces SETTINGS mutations_sync = 0, alter_sync = 0;
-- Which services, versions and processes there were in each ten minutes. As columns of their own: from attributes a search for a version
-- reads all of them, and ClickHouse does not know their words in a query for those of the projection.
ALTER TABLE {db}.otel_traces ADD COLUMN IF NOT EXISTS HotspanVersion LowCardinality(String) MATERIALIZED ResourceAttributes['service.version'] COMMENT 'service.version' CODEC(ZSTD(1));
ALTER TABLE {db}.otel_traces ADD COLUMN IF NOT EXISTS HotspanEnvironment LowCardinality(String) MATERIALIZED if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment']) COMMENT 'deployment.environment.name, by its older name too' CODEC(ZSTD(1));
ALTER TABLE {db}.otel_traces ADD COLUMN IF NOT EXISTS HotspanZone LowCardinality(String) MATERIALIZED ResourceAttributes['cloud.availability_zone'] COMMENT 'cloud.availability_zone' CODEC(ZSTD(1));
ALTER TABLE {db}.otel_traces ADD COLUMN IF NOT EXISTS HotspanProcess LowCardinality(String) MATERIALIZED multiIf(
    SpanAttributes['hotspan.instance'] != '', SpanAttributes['hotspan.instance'],
    ResourceAttributes['service.instance.id'] != '', concat('id ', ResourceAttributes['service.instance.id']),
    ResourceAttributes['host.name'] != '', concat('host ', ResourceAttributes['host.name'], ' ', ResourceAttributes['process.pid']),
    '') COMMENT 'HotspanInstance, or how else the process is told from others of its service' CODEC(ZSTD(1));
ALTER TABLE {db}.otel_traces ADD PROJECTION IF NOT EXISTS services (
  SELECT toStartOfTenMinutes(Timestamp), ServiceName, HotspanVersion, HotspanEnvironment, HotspanZone, HotspanProcess, max(Timestamp)
  GROUP BY toStartOfTenMinutes(Timestamp), ServiceName, HotspanVersion, HotspanEnvironment, HotspanZone, HotspanProcess
);
ALTER TABLE {db}.otel_traces MATERIALIZE PROJECTION services SETTINGS mutations_sync = 0, alter_sync = 0;

-- Sums of each ten minutes of a process, and when its last tick was: series by version, zone or instance over a day, and when a service was
-- last sampled, without reading each of its samples.
ALTER TABLE {db}.profile_samples ADD PROJECTION IF NOT EXISTS by_process (
  SELECT ServiceName, ProfileType, Bucket, Endpoint, Instance, Thread, max(Timestamp), sum(Value), sum(CpuNano)
  GROUP BY ServiceName, ProfileType, Bucket, Endpoint, Instance, Thread
);
ALTER TABLE {db}.profile_samples MATERIALIZE PROJECTION by_process SETTINGS mutations_sync = 0, alter_sync = 0;
